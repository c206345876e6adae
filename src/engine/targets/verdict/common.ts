import type { Dim } from '../../onnx/graph.ts';
import type { Family, Fusion, Layer, RuleFacts } from './types.ts';

/** What rule books of several vendors have in common. */

/** "7×7×?". */
export const sizesText = (sizes: readonly Dim[]): string => sizes.map((size) => size ?? '?').join('×');

/** Sizes of a convolution's window; undefined: its weights are not stored and it says nothing. */
export const kernelOf = ({ node, flow }: Layer): readonly number[] | undefined =>
  node.ints('kernel_shape') ?? flow.stored(node.inputs[1] ?? '')?.dims.slice(2);

/** Identity and Dropout, and batch normalization behind a layer that it folds into: `prefix` names the rules. */
export function cleanUps<Limits>(prefix: string, source: string, hosts: readonly string[]): Fusion<Limits>[] {
  return [
    {
      name: `${prefix}.removed`,
      about: 'Identity, Dropout',
      limit: 'always: taken out before the board runs',
      outcome: 'yes',
      source,
      find({ node, flow }) {
        if (node.op !== 'Identity' && node.op !== 'Dropout') return undefined;
        const inside = flow.maker(node.inputs[0] ?? '');
        return { ...(inside ? { inside } : {}), reason: 'taken out before the board runs' };
      },
    },
    {
      name: `${prefix}.batch-norm`,
      about: 'BatchNormalization',
      limit: `directly behind ${hosts.join(', ')} that nothing else reads: folded into its weights`,
      outcome: 'yes',
      source,
      find({ node, flow }) {
        const maker = node.op === 'BatchNormalization' ? flow.maker(node.inputs[0] ?? '') : undefined;
        const folds = maker && hosts.includes(maker.op) && flow.onlyReader(maker) === node;
        return folds ? { inside: maker, reason: `folded into the ${maker.op} before it` } : undefined;
      },
    },
  ];
}

/** Activations that are computed in the pass of the layer before them. */
export function fusedActivations<Limits>(
  prefix: string,
  source: string,
  fused: Readonly<Record<string, readonly string[]>>,
): Fusion<Limits> {
  const hosts = Object.keys(fused);
  const names = [...new Set(Object.values(fused).flat())];
  return {
    name: `${prefix}.fused-activation`,
    about: names.join(', '),
    limit: `behind ${hosts.join(', ')} that nothing else reads: computed in the same pass`,
    outcome: 'yes',
    source,
    find({ node, flow }) {
      const maker = flow.maker(node.inputs[0] ?? '');
      const fuses = maker && fused[maker.op]?.includes(node.op) && flow.onlyReader(maker) === node;
      return fuses ? { inside: maker, reason: `computed in the same pass as the ${maker.op} before it` } : undefined;
    },
  };
}

/** Operators that a table lists without a restriction. */
export function listed<Limits>(
  facts: Omit<RuleFacts, 'outcome' | 'about' | 'limit'>,
  accelerator: string,
  operators: readonly string[],
): Family<Limits> {
  return {
    operators,
    rules: [],
    accepts: {
      ...facts,
      about: operators.join(', '),
      limit: 'as ONNX defines them',
      outcome: 'yes',
      reason: ({ node }) => `${accelerator} has ${node.op}`,
    },
  };
}

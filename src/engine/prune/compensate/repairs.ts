import type { Graph, Node } from '../../onnx/graph.ts';
import { Stages } from '../../layerwise/stages.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import { chainOf, type Chain } from './chain.ts';
import { productOf, type Product } from './product.ts';

/** A layer of the pruned model that is given new weights. */
export interface Repair {
  readonly product: Product;
  readonly chain: Chain;
  readonly stage: number;
  /** The other operand of the Add behind it, where it is known by then and lies in the original under the same name. */
  readonly skip: string | undefined;
  /** Values read in the pruned model, and in the original. */
  readonly student: readonly string[];
  readonly teacher: readonly string[];
}

/** Layers whose outputs differ from the original's, in the order in which they can be solved. */
export function repairsOf(pruned: Graph, original: Graph, coupling: Coupling, removal: Removal): Repair[] {
  const differing = differingValues(pruned, coupling, removal);
  const chains: { readonly product: Product; readonly chain: Chain }[] = [];
  for (const node of pruned.topologicalOrder()) {
    const product = productOf(pruned, node);
    if (!product) continue;
    const chain = chainOf(pruned, node, product.channels);
    if (!original.producer(chain.end)) continue;
    if (differing.has(node.outputs[0]!) || (chain.sum && differing.has(chain.sum.other))) chains.push({ product, chain });
  }
  const layers = new Set(chains.map(({ product }) => product.node));
  const inputs = chains.map(({ product }) => product.node.inputs[0]!);
  const stages = new Stages(pruned, inputs, (node, read) => (layers.has(node) ? read + 1 : read));
  return chains.map(({ product, chain }) => {
    const input = product.node.inputs[0]!;
    const stage = stages.of(input);
    const other = chain.sum?.other;
    const skip = other !== undefined && stages.of(other) <= stage && original.defines(other) ? other : undefined;
    const skips = skip === undefined ? [] : [skip];
    return { product, chain, stage, skip, student: [input, ...skips], teacher: [chain.end, ...skips] };
  });
}

/** Values of the pruned model that are not simply what is left of the original's. */
function differingValues(pruned: Graph, coupling: Coupling, removal: Removal): ReadonlySet<string> {
  const reading = new Set<string>();
  for (const { name, slices } of coupling.groups) {
    if ((removal.get(name)?.length ?? 0) === 0) continue;
    for (const { role, node } of slices) if (role === 'consumes') reading.add(node.outputs[0]!);
  }
  const differing = new Set<string>();
  const differs = (node: Node): boolean => reading.has(node.outputs[0]!) || pruned.reads(node).some((value) => differing.has(value));
  for (const node of pruned.topologicalOrder()) if (differs(node)) for (const output of node.outputs) differing.add(output);
  return differing;
}

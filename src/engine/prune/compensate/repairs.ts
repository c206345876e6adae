import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Node } from '../../onnx/graph.ts';
import { linearLayer } from '../../simplify/linear.ts';
import { Stages } from '../../layerwise/stages.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import { chainOf, type Chain } from './chain.ts';
import { momentBytes } from './moments.ts';
import { productOf, type Product } from './product.ts';

/** Bytes of one layer's second moment: 1,900 inputs, or 200 channels of a 3×3 kernel. What solving takes is some times as much. */
const mostBytes = 32 * 2 ** 20;

/** A layer of the pruned model that is given new weights. */
export interface Repair {
  readonly node: Node;
  readonly chain: Chain;
  readonly stage: number;
  /** What least squares is for, or why it is not done. */
  readonly solve: Product | { readonly reason: string };
  /** The other operand of the Add behind it, where it is known by then and lies in the original under the same name. */
  readonly skip: string | undefined;
  /** Values read in the pruned model, and in the original. */
  readonly student: readonly string[];
  readonly teacher: readonly string[];
}

/** Layers whose outputs differ from the original's, in the order in which they can be solved. */
export const repairsOf = (pruned: Graph, original: Graph, coupling: Coupling, removal: Removal): Repair[] =>
  repairsBehind(pruned, original, readersOfCuts(coupling, removal));

/** The same where the nodes that make the values `changed` compute something else than the original's. */
export function repairsBehind(pruned: Graph, original: Graph, changed: ReadonlySet<string>): Repair[] {
  const differing = differingValues(pruned, changed);
  const layers: Pick<Repair, 'node' | 'chain' | 'solve'>[] = [];
  for (const node of pruned.topologicalOrder()) {
    const found = solvable(pruned, node);
    if (!found) continue;
    const chain = chainOf(pruned, node, found.channels);
    if (original.producer(chain.end)) layers.push({ node, chain, solve: found.solve });
  }
  const own = layers.filter(({ node }) => differing.has(node.outputs[0]!));
  // A layer that is as it was can still make up for a shortcut that is not, where that is known before it.
  const first = stagesOf(pruned, own);
  const beside = layers.filter(({ node, chain, solve }) => {
    const other = chain.sum?.other;
    const isIdle = other === undefined || differing.has(node.outputs[0]!) || !differing.has(other) || 'reason' in solve;
    return !isIdle && first.of(other) <= first.of(node.inputs[0]!);
  });
  const repaired = layers.filter((layer) => own.includes(layer) || beside.includes(layer));
  const stages = stagesOf(pruned, repaired);
  return repaired.map(({ node, chain, solve }) => {
    const input = node.inputs[0]!;
    const stage = stages.of(input);
    const other = chain.sum?.other;
    const isSolved = !('reason' in solve);
    const isKnown = other !== undefined && stages.of(other) <= stage && original.defines(other);
    const skip = isSolved && isKnown ? other : undefined;
    const skips = skip === undefined ? [] : [skip];
    return { node, chain, stage, solve, skip, student: [isSolved ? input : chain.end, ...skips], teacher: [chain.end, ...skips] };
  });
}

/** What is known in which stage, when each of the layers is solved in one of its own. */
function stagesOf(graph: Graph, layers: readonly Pick<Repair, 'node' | 'chain'>[]): Stages {
  const nodes = new Set(layers.map(({ node }) => node));
  const wanted = layers.flatMap(({ node, chain }) => [node.inputs[0]!, ...(chain.sum ? [chain.sum.other] : [])]);
  return new Stages(graph, wanted, (node, read) => (nodes.has(node) ? read + 1 : read));
}

/** undefined: no layer with weights of its own in float32. */
function solvable(graph: Graph, node: Node): { readonly channels: number; readonly solve: Repair['solve'] } | undefined {
  const product = productOf(graph, node);
  if (product) {
    const bytes = momentBytes(product);
    const tooLarge = bytes > mostBytes;
    if (tooLarge && node.op === 'MatMul') return undefined;
    const reason = `the second moment of its ${product.shape.depth} inputs would take ${Math.round(bytes / 2 ** 20)} MiB`;
    return { channels: product.channels, solve: tooLarge ? { reason } : product };
  }
  const layer = linearLayer(graph, node);
  if (layer?.weight.type !== DataType.float32 || graph.users(node.inputs[1]!).length > 1) return undefined;
  return { channels: layer.outputs, solve: { reason: `${node.op} of this form is no plain product` } };
}

/** What layers make that read channels that are gone. */
function readersOfCuts(coupling: Coupling, removal: Removal): ReadonlySet<string> {
  const reading = new Set<string>();
  for (const { name, slices } of coupling.groups) {
    if ((removal.get(name)?.length ?? 0) === 0) continue;
    for (const { role, node } of slices) if (role === 'consumes') reading.add(node.outputs[0]!);
  }
  return reading;
}

/** Values of the pruned model that are not simply what is left of the original's. */
function differingValues(pruned: Graph, reading: ReadonlySet<string>): ReadonlySet<string> {
  const differing = new Set<string>();
  const differs = (node: Node): boolean => reading.has(node.outputs[0]!) || pruned.reads(node).some((value) => differing.has(value));
  for (const node of pruned.topologicalOrder()) if (differs(node)) for (const output of node.outputs) differing.add(output);
  return differing;
}

import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import type { Graph, Node } from '../../onnx/graph.ts';
import { linearLayer } from '../../simplify/linear.ts';
import { Stages } from '../../layerwise/stages.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import { chainOf, type Chain } from './chain.ts';
import { momentBytes } from './moments.ts';
import { productOf, type Product } from './product.ts';
import type { LeftAlone } from './types.ts';

/** Bytes of one layer's second moment: 1,900 inputs, or 200 channels of a 3×3 kernel. What solving takes is some times as much. */
const mostBytes = 32 * 2 ** 20;
/** Bytes of the second moments of all layers that are solved in one stage, unless one takes more by itself. */
const mostAtOnce = 64 * 2 ** 20;

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

/** Which layers make up for channels that are gone. */
export type RepairReach = 'all' | 'readers';

/** What layers whose outputs differ from the original's are to be given. */
export interface Repairs {
  /** In the order in which they can be solved. */
  readonly repairs: readonly Repair[];
  /** Layers that stay as they were cut. */
  readonly left: readonly LeftAlone[];
}

/** `reach`: `all` layers behind a cut, or only its `readers`. */
export function repairsOf(pruned: Graph, original: Graph, coupling: Coupling, removal: Removal, reach: RepairReach = 'all'): Repairs {
  const reading = readersOfCuts(coupling, removal);
  const { repairs, left } = repairsBehind(pruned, original, reading);
  return { repairs: reach === 'all' ? repairs : repairs.filter(({ node }) => reading.has(node.outputs[0]!)), left };
}

/** The same where the nodes that make the values `changed` compute something else than the original's. */
export function repairsBehind(pruned: Graph, original: Graph, changed: ReadonlySet<string>): Repairs {
  const differing = differingValues(pruned, changed);
  const layers: Pick<Repair, 'node' | 'chain' | 'solve'>[] = [];
  const left: LeftAlone[] = [];
  for (const node of pruned.topologicalOrder()) {
    const found = solvable(pruned, node);
    if (!found) continue;
    if ('left' in found) {
      if (differing.has(node.outputs[0]!)) left.push({ name: node.label, reason: found.left });
      continue;
    }
    const chain = chainOf(pruned, node, found.channels);
    if (original.producer(chain.end)) layers.push({ node, chain, solve: found.solve });
    else if (differing.has(node.outputs[0]!))
      left.push({ name: node.label, reason: 'the original has nothing of the name of what it makes' });
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
  const repairs = repaired.map(({ node, chain, solve }) => {
    const input = node.inputs[0]!;
    const stage = stages.ofLayer(node);
    const other = chain.sum?.other;
    const isSolved = !('reason' in solve);
    const isKnown = other !== undefined && stages.of(other) <= stage && original.defines(other);
    const skip = isSolved && isKnown ? other : undefined;
    const skips = skip === undefined ? [] : [skip];
    return { node, chain, stage, solve, skip, student: [isSolved ? input : chain.end, ...skips], teacher: [chain.end, ...skips] };
  });
  return { repairs, left };
}

/**
 * What is known in which stage, when each of the layers is solved as soon as what it reads is known, and in which stage each is. Of layers side by side, as of Inception, some wait for the next
 * stage where the moments of all of them would take more than `mostAtOnce`.
 */
function stagesOf(graph: Graph, layers: readonly Pick<Repair, 'node' | 'chain' | 'solve'>[]): StagedLayers {
  const bytesOf = new Map(layers.map(({ node, solve }) => [node, 'reason' in solve ? 0 : momentBytes(solve)]));
  const wanted = layers.flatMap(({ node, chain }) => [node.inputs[0]!, ...(chain.sum ? [chain.sum.other] : [])]);
  const held: number[] = [];
  const layerStages = new Map<Node, number>();
  const stages = new Stages(graph, wanted, (node, read) => {
    const bytes = bytesOf.get(node);
    if (bytes === undefined) return read;
    let stage = read;
    while ((held[stage] ?? 0) > 0 && held[stage]! + bytes > mostAtOnce) stage++;
    held[stage] = (held[stage] ?? 0) + bytes;
    layerStages.set(node, stage);
    return stage + 1;
  });
  return { of: (value) => stages.of(value), ofLayer: (node) => layerStages.get(node) ?? stages.of(node.inputs[0]!) };
}

interface StagedLayers {
  /** In which a value is known. */
  readonly of: (value: string) => number;
  /** In which a layer is solved. */
  readonly ofLayer: (node: Node) => number;
}

type Solvable = { readonly channels: number; readonly solve: Repair['solve'] } | { readonly left: string };

/** undefined: no layer with stored weights. */
function solvable(graph: Graph, node: Node): Solvable | undefined {
  const product = productOf(graph, node);
  if (product) {
    const bytes = momentBytes(product);
    if (bytes <= mostBytes) return { channels: product.channels, solve: product };
    const reason = `the second moment of its ${product.shape.depth} inputs would take ${Math.round(bytes / 2 ** 20)} MiB`;
    return node.op === 'MatMul' ? { left: reason } : { channels: product.channels, solve: { reason } };
  }
  const weight = graph.constant(node.inputs[1] ?? '');
  if (!weight || node.domain !== '' || !weighted.has(node.op)) return undefined;
  if (weight.type !== DataType.float32) return { left: `its weights are stored as ${dataTypeName(weight.type)}` };
  if (graph.users(node.inputs[1]!).length > 1) return { left: 'other layers use its weights too' };
  const reason = `${node.op} of this form is no plain product`;
  const layer = linearLayer(graph, node);
  return layer ? { channels: layer.outputs, solve: { reason } } : { left: reason };
}

const weighted: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

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

import type { Graph, Node } from '../../../onnx/graph.ts';
import type { Placement } from '../../placement.ts';

/** Layers of a run that is made of single layers; a residual block may have more. */
const layersOfRun = 2;
/** Layers of a block between two places that one value crosses; where there are more, it is divided at places that several cross. */
const mostLayers = 8;

/** Nodes that are tuned together: neighbours in the graph's order. */
export interface Block {
  readonly nodes: readonly Node[];
  /** Those whose constants may change, in order. */
  readonly layers: readonly Node[];
}

/**
 * Divides a graph into blocks, in its order: at places that a single value crosses, so that residual and inverted residual blocks stay whole, and
 * short runs of layers between such places join. What has no such places within `mostLayers` layers falls apart into single layers, whatever
 * crosses there. A layer and the Relu or Clip that melts into it are never parted. Every node is in one block.
 */
export function partition(graph: Graph, placement: Placement, tuned: ReadonlySet<Node>): Block[] {
  const nodes = graph.topologicalOrder();
  const places = crossings(graph, nodes, meltedValues(graph, placement));
  const units = split(nodes, (place) => places[place] === 1).flatMap((unit) => {
    if (count(unit.nodes, tuned) <= mostLayers) return [unit.nodes];
    return split(unit.nodes, (place) => places[unit.first + place] !== undefined, tuned).map(({ nodes }) => nodes);
  });
  return joined(units, tuned).map((own) => ({ nodes: own, layers: own.filter((node) => tuned.has(node)) }));
}

const count = (nodes: readonly Node[], tuned: ReadonlySet<Node>): number => nodes.filter((node) => tuned.has(node)).length;

/** Cuts behind nodes for which `cuts` holds, and where `tuned` is given only when there is a layer to tune before. */
function split(
  nodes: readonly Node[],
  cuts: (place: number) => boolean,
  tuned?: ReadonlySet<Node>,
): { readonly nodes: Node[]; readonly first: number }[] {
  const parts: { nodes: Node[]; first: number }[] = [];
  let first = 0;
  for (let i = 0; i < nodes.length; i++) {
    const part = nodes.slice(first, i + 1);
    if (i + 1 < nodes.length && !(cuts(i) && (!tuned || count(part, tuned) > 0))) continue;
    parts.push({ nodes: part, first });
    first = i + 1;
  }
  return parts;
}

/** Joins neighbours while they have few layers: nodes without weights go with the layers before them. */
function joined(units: readonly (readonly Node[])[], tuned: ReadonlySet<Node>): Node[][] {
  const blocks: { nodes: Node[]; layers: number }[] = [];
  for (const unit of units) {
    const layers = count(unit, tuned);
    const last = blocks.at(-1);
    if (last && (layers === 0 || last.layers === 0 || last.layers + layers <= layersOfRun)) {
      last.nodes.push(...unit);
      last.layers += layers;
    } else blocks.push({ nodes: [...unit], layers });
  }
  return blocks.map(({ nodes }) => nodes);
}

/** By place behind a node of the order: how many varying values cross it; undefined where a value between a layer and its Relu does. */
function crossings(graph: Graph, nodes: readonly Node[], melted: ReadonlySet<string>): (number | undefined)[] {
  const lastRead = new Map<string, number>();
  const varying = new Set(graph.requiredInputs.map(({ name }) => name));
  nodes.forEach((node, at) => {
    const reads = graph.reads(node).filter((value) => varying.has(value));
    for (const value of reads) lastRead.set(value, at);
    if (reads.length) for (const value of node.outputs) varying.add(value);
  });
  const open = new Map<string, number>();
  for (const { name } of graph.requiredInputs) if (lastRead.has(name)) open.set(name, lastRead.get(name)!);
  return nodes.map((node, at) => {
    for (const value of node.outputs) if (varying.has(value) && lastRead.has(value)) open.set(value, lastRead.get(value)!);
    for (const [value, last] of open) if (last <= at) open.delete(value);
    return [...open.keys()].some((value) => melted.has(value)) ? undefined : open.size;
  });
}

/** Values between an integer node and the quantizer behind its Relu or Clip. */
function meltedValues(graph: Graph, { integerNodes }: Placement): ReadonlySet<string> {
  const melted = new Set<string>();
  for (const { node, kind, output } of integerNodes) {
    if (kind === 'same-scale') continue;
    for (let value: string | undefined = output; value !== undefined && value !== node.outputs[0];) {
      value = graph.producer(value)?.inputs.find((input) => graph.producer(input) !== undefined);
      if (value !== undefined) melted.add(value);
    }
  }
  return melted;
}

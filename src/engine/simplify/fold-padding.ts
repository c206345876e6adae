import type { Graph, Node } from '../onnx/graph.ts';
import { attributes } from '../onnx/graph.ts';
import { constantIntegers } from './edit.ts';
import type { Pass, SimplifyNote } from './pass.ts';

/** A Pad that puts zeros around the picture becomes part of the padding of the Convs that read it. */
export const foldPadding: Pass = {
  name: 'fold-padding',
  summary: 'puts padding with zeros into the convolutions behind it',
  apply({ graph }) {
    const notes: SimplifyNote[] = [];
    for (const node of graph.nodes) {
      const found = paddedConvolutions(graph, node);
      if (!found) continue;
      foldPads(graph, node, found);
      const into = found.readers[0]!.label;
      notes.push({ pass: this.name, layer: node.label, into, message: `padding folded into ${into}` });
    }
    return notes;
  },
};

/** Convolutions that can take a Pad, and what it adds to their own pads. */
export interface PaddedConvolutions {
  readonly readers: readonly Node[];
  readonly pads: readonly number[];
}

/** The readers of a Pad that puts zeros around a picture, where all are convolutions; undefined for any other node. */
export function paddedConvolutions(graph: Graph, node: Node): PaddedConvolutions | undefined {
  if (node.op !== 'Pad' || node.domain !== '') return undefined;
  const output = node.outputs[0]!;
  const uses = graph.users(output);
  if (uses.length === 0 || graph.isOutput(output)) return undefined;
  const readers = uses.map(({ node: reader, index }) => (index === 0 && takesPadding(reader) ? reader : undefined));
  const rank = rankOfKernel(graph, readers[0]);
  const pads = rank === undefined ? undefined : zeroPads(graph, node, rank);
  if (!pads || readers.some((reader) => !reader || rankOfKernel(graph, reader) !== rank)) return undefined;
  return { readers: readers as Node[], pads };
}

/** Lets the convolutions pad instead of the node, which goes. */
export function foldPads(graph: Graph, node: Node, { readers, pads }: PaddedConvolutions): void {
  for (const reader of readers) {
    const own = reader.ints('pads') ?? pads.map(() => 0);
    for (const [name, value] of attributes({ pads: own.map((pad, i) => pad + pads[i]!) })) reader.attributes.set(name, value);
    reader.attributes.delete('auto_pad');
    graph.setInput(reader, 0, node.inputs[0]!);
  }
  graph.remove(node);
}

const takesPadding = (node: Node): boolean =>
  node.op === 'Conv' && node.domain === '' && ['NOTSET', 'VALID'].includes(node.string('auto_pad', 'NOTSET'));

const rankOfKernel = (graph: Graph, conv: Node | undefined): number | undefined => conv && graph.constant(conv.inputs[1]!)?.dims.length;

/** Pads of the spatial axes as Conv writes them, [begin…, end…], when this Pad does nothing else. */
function zeroPads(graph: Graph, node: Node, rank: number): number[] | undefined {
  if (node.string('mode', 'constant') !== 'constant' || node.float('value', 0) !== 0) return undefined;
  const value = node.inputs[2] ? graph.constant(node.inputs[2]) : undefined;
  if (node.inputs[2] && (value?.source.kind !== 'bytes' || value.toFloat64().some((number) => number !== 0))) return undefined;
  const pads = node.ints('pads') ?? constantIntegers(graph, node.inputs[1]);
  const axes = constantIntegers(graph, node.inputs[3], [...Array(rank).keys()])?.map((axis) => (axis < 0 ? axis + rank : axis));
  if (!pads || !axes || pads.length !== 2 * axes.length) return undefined;
  const full = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    full[axis] = pads[i]!;
    full[axis + rank] = pads[i + axes.length]!;
  });
  const outside = [0, 1, rank, rank + 1].some((i) => full[i] !== 0);
  return outside || full.some((pad) => pad < 0) ? undefined : [...full.slice(2, rank), ...full.slice(rank + 2)];
}

import type { Graph, Node } from '../onnx/graph.ts';
import { soleReader } from '../simplify/edit.ts';
import { isOp } from './fix.ts';
import { isPointwise } from './rows.ts';

export const isIdentity = (perm: readonly number[]): boolean => perm.every((axis, i) => axis === i);

/** Axes of the one Transpose that does what `first` and then `second` do. */
export const composed = (first: readonly number[], second: readonly number[]): number[] => second.map((axis) => first[axis]!);

export const inverse = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

const binary = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min']);

/** A node that computes the same on transposed values, but for its constants and axis. */
export const isIndifferent = (graph: Graph, node: Node | undefined): node is Node =>
  node !== undefined && (isPointwise(graph, node) || (isOp(node, ...binary) && node.inputs.length === 2) || isOp(node, 'Concat'));

/** Axes of the Transpose that makes a value which one node alone reads. */
export function transposeOf(graph: Graph, value: string, reader: Node): { node: Node; perm: number[] } | undefined {
  const node = graph.producer(value);
  const perm = isOp(node, 'Transpose') ? node.ints('perm') : undefined;
  const alone =
    perm && (soleReader(graph, value) === reader || (graph.users(value).every((use) => use.node === reader) && !graph.isOutput(value)));
  return alone ? { node: node!, perm } : undefined;
}

/** Layers looked at behind a Transpose for the one that undoes it. */
const mostAhead = 60;

/** Whether behind a node, through nodes that do not care, there is a Transpose that undoes one of these axes. */
export function isUndoneBehind(graph: Graph, node: Node, perm: readonly number[]): boolean {
  const undo = inverse(perm).join();
  const seen = new Set<Node>([node]);
  const open = [node];
  for (let next = open.pop(); next && seen.size < mostAhead; next = open.pop()) {
    for (const { node: reader } of graph.users(next.outputs[0]!)) {
      if (isOp(reader, 'Transpose') && reader.ints('perm')?.join() === undo) return true;
      if (!seen.has(reader) && isIndifferent(graph, reader)) open.push(reader);
      seen.add(reader);
    }
  }
  return false;
}

import { DataType, isFloatType } from '../onnx/data-type.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import { findRecord, versionOf } from '../ops/index.ts';
import type { OperatorRecord } from '../ops/record.ts';
import type { Shapes } from '../ops/infer.ts';

/** What lies between the wanted values and the loss. */
export interface Path {
  /** In execution order. */
  readonly nodes: readonly Node[];
  /** Float values that depend on a wanted one, the wanted ones included. */
  readonly depends: ReadonlySet<string>;
}

/**
 * Nodes that the loss needs and that depend on a wanted value. Values that are no floats carry no gradient: comparisons, indices and shapes end a path. So do casts to anything
 * but float32 (ops/gradient/movement.ts).
 * A node with sub-graphs depends on what those read.
 */
export function pathBetween(graph: Graph, shapes: Shapes, wanted: readonly string[], loss: string): Path {
  const order = graph.topologicalOrder();
  const needed = neededBy(graph, loss);
  const depends = new Set(wanted);
  const nodes = order.filter((node) => {
    if (!needed.has(node) || isOtherCast(node) || !graph.reads(node).some((value) => depends.has(value))) return false;
    const floats = node.outputs.filter((value) => value !== '' && isFloatType(shapes.of(value)?.type ?? 0));
    for (const value of floats) depends.add(value);
    return floats.length > 0;
  });
  return { nodes, depends };
}

const isOtherCast = (node: Node): boolean => node.op === 'Cast' && node.domain === '' && node.int('to') !== DataType.float32;

function neededBy(graph: Graph, loss: string): ReadonlySet<Node> {
  const found = new Set<Node>();
  const open = [loss];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const node = graph.producer(value);
    if (!node || found.has(node)) continue;
    found.add(node);
    open.push(...graph.reads(node));
  }
  return found;
}

/** The record that holds for a node in a model of these versions. */
export const recordOf = (opsets: ReadonlyMap<string, number>, node: Node): OperatorRecord | undefined =>
  findRecord(node.domain, node.op, versionOf(opsets, node.domain));

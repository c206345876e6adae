import type { Graph, Node } from '../onnx/graph.ts';

/** Operators that make a part of a network worth its place on the accelerator. */
export const heavyOperators: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** What a network computes with in its middle, but also in front of its outputs. */
const onAccelerator = new Set([...heavyOperators, 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Resize']);

/** Whether anything behind a node runs on the accelerator: what only leads to outputs stays on the CPU as it is. */
export function feedsAccelerator(graph: Graph, node: Node): boolean {
  const seen = new Set<Node>([node]);
  const open = [node];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const output of next.outputs) {
      for (const { node: reader } of graph.users(output)) {
        if (onAccelerator.has(reader.op)) return true;
        if (!seen.has(reader)) open.push(reader);
        seen.add(reader);
      }
    }
  }
  return false;
}

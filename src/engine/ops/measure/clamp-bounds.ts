import type { Graph, Node } from '../../onnx/graph.ts';

/** Bounds of Relu or Clip (attributes before opset 11, inputs since); undefined when they are not constants. */
export function clampBounds(node: Node, graph: Graph): { low: number; high: number } | undefined {
  if (node.op === 'Relu') return { low: 0, high: Infinity };
  const bound = (index: number, name: string, none: number): number | undefined => {
    if (node.attributes.has(name)) return node.float(name, none);
    const value = node.inputs[index] ?? '';
    return value === '' ? none : graph.constant(value)?.toFloat64()[0];
  };
  const low = bound(1, 'min', -Infinity);
  const high = bound(2, 'max', Infinity);
  return low === undefined || high === undefined || Number.isNaN(low) || Number.isNaN(high) ? undefined : { low, high };
}

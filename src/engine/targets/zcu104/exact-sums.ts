import type { Graph, Node } from '../../onnx/graph.ts';
import { operandFix } from './fixes.ts';

/** Float32 holds every integer up to here: sums of products are exact below it, in any order. */
const exactUnits = 2 ** 24;
const largestCode = 128;

/** A warning where a product's sums could pass what float32 holds exactly, in units of its finest operand. Constant weights only. */
export function exactSums(graph: Graph, node: Node): string[] {
  const channel = channelOf(node);
  if (!channel) return [];
  const [activation = '', weights = '', bias = ''] = node.inputs;
  const [i, w, b] = [activation, weights, bias].map((value) => operandFix(graph, value));
  const codes = w?.constant ? graph.constant(graph.producer(weights)!.inputs[0]!) : undefined;
  if (!i || !w || !codes) return [];
  const product = i.position + w.position;
  const finest = Math.max(product, b?.position ?? product);
  const sums = new Map<number, number>();
  codes.toFloat64().forEach((code, index) => {
    const at = channel(index, codes.dims);
    sums.set(at, (sums.get(at) ?? 0) + Math.abs(code) * largestCode * 2 ** (finest - product));
  });
  const stored = b?.constant ? graph.constant(graph.producer(bias)!.inputs[0]!) : undefined;
  stored?.toFloat64().forEach((code, at) => sums.set(at, (sums.get(at) ?? 0) + Math.abs(code) * 2 ** (finest - b!.position)));
  const largest = [...sums.values()].reduce((a, sum) => Math.max(a, sum), 0);
  if (largest < exactUnits) return [];
  return [
    `${JSON.stringify(node.label)}: sums may reach ${Math.round(largest)} units, and float32 holds ${exactUnits} exactly; the simulation may round there.`,
  ];
}

/** Which output channel a weight belongs to, by its place in the tensor; undefined for nodes that are no product. */
function channelOf(node: Node): ((index: number, dims: readonly number[]) => number) | undefined {
  const first = (index: number, dims: readonly number[]): number => Math.floor(index / dims.slice(1).reduce((a, b) => a * b, 1));
  const last = (index: number, dims: readonly number[]): number => index % (dims.at(-1) ?? 1);
  const second = (index: number, dims: readonly number[]): number =>
    Math.floor(index / dims.slice(2).reduce((a, b) => a * b, 1)) % (dims[1] ?? 1);
  switch (node.op) {
    case 'Conv':
      return first;
    case 'ConvTranspose':
      return second;
    case 'Gemm':
      return node.int('transB', 0) ? first : last;
    case 'MatMul':
      return last;
    default:
      return undefined;
  }
}

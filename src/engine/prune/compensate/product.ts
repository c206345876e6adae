import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Node } from '../../onnx/graph.ts';
import { floatConstant } from '../../simplify/edit.ts';
import { productShape } from '../../statistics/moment-graph.ts';
import type { ProductShape } from '../../statistics/second-moment.ts';

/** A layer with stored weights as a matrix product. */
export interface Product {
  readonly node: Node;
  /** Of the weights as stored. */
  readonly dims: readonly number[];
  readonly shape: ProductShape;
  /** Axis of the stored weights that runs over input channels (of one group), and how many rows of the product one of them has. */
  readonly inputAxis: number;
  readonly taps: number;
  /** Output channels of all groups. */
  readonly channels: number;
  /** [groups * outputs, depth], Gemm's alpha multiplied in. */
  readonly weights: Float64Array;
  /** By output channel, as added; undefined: none. */
  readonly bias: Float64Array | undefined;
}

/** undefined: another operator, weights that are computed, no float or used more than once, an input that is transposed. */
export function productOf(graph: Graph, node: Node): Product | undefined {
  if (node.domain !== '') return undefined;
  const constant = floatConstant(graph, node.inputs[1]);
  if (!constant || constant.values.length === 0 || graph.users(node.inputs[1]!).length > 1) return undefined;
  const bias = biasOf(graph, node);
  if (constant.type !== DataType.float32 || bias === 'computed') return undefined;
  const { dims, values } = constant;
  const shape = productShape(node, dims);
  if (!shape || !Number.isInteger(shape.outputs)) return undefined;
  const channels = shape.groups * shape.outputs;
  const isConvolution = node.op === 'Conv';
  const rowsFirst = isConvolution || (node.op === 'Gemm' && node.int('transB', 0) !== 0);
  const alpha = node.op === 'Gemm' ? node.float('alpha', 1) : 1;
  const weights = new Float64Array(values.length);
  for (let row = 0; row < channels; row++) {
    for (let i = 0; i < shape.depth; i++) weights[row * shape.depth + i] = alpha * values[rowsFirst ? row * shape.depth + i : i * channels + row]!; // prettier-ignore
  }
  return {
    node,
    dims,
    shape,
    inputAxis: rowsFirst ? 1 : 0,
    taps: isConvolution ? shape.depth / dims[1]! : 1,
    channels,
    weights,
    bias: bias && spread(bias, channels),
  };
}

/** Weights as [groups * outputs, depth] back to the stored order, alpha taken to be 1. */
export function storedOrder({ node, shape, channels }: Product, weights: Float64Array): Float64Array {
  if (node.op === 'Conv' || (node.op === 'Gemm' && node.int('transB', 0) !== 0)) return weights;
  const stored = new Float64Array(weights.length);
  for (let row = 0; row < channels; row++)
    for (let i = 0; i < shape.depth; i++) stored[i * channels + row] = weights[row * shape.depth + i]!;
  return stored;
}

/** Of a Conv or Gemm, Gemm's beta multiplied in. */
function biasOf(graph: Graph, node: Node): Float64Array | undefined | 'computed' {
  const name = node.op === 'MatMul' ? '' : (node.inputs[2] ?? '');
  if (name === '') return undefined;
  const constant = floatConstant(graph, name);
  const beta = node.op === 'Gemm' ? node.float('beta', 1) : 1;
  return constant && constant.dims.slice(0, -1).every((dim) => dim === 1) ? constant.values.map((value) => beta * value) : 'computed';
}

const spread = (bias: Float64Array, channels: number): Float64Array =>
  bias.length === channels ? bias : new Float64Array(channels).fill(bias[0] ?? 0);

import type { Node } from '../../../../onnx/graph.ts';
import type { Writing } from '../export.ts';
import { convolution, transposedConvolution } from './convolution.ts';
import { clip, difference, hardSigmoid, leakyRelu, named, product, quotient, softmax, sum } from './elementwise.ts';
import { dequantize, quantize } from './fix.ts';
import { concat, flatten, identity, pad, reshape, slice, split, transpose } from './move.ts';
import { matrixProduct } from './matrix-product.ts';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduced, reduceMean } from './pooling.ts';
import { resize } from './resize.ts';
import { depthToSpace, spaceToDepth } from './space-depth.ts';

/** Writes a node, and gives its outputs their ops. */
export type OperatorWriter = (writing: Writing, node: Node) => void;

/** Operators of ONNX that a quantized XIR graph has a form for. */
const writers: Readonly<Record<string, OperatorWriter>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  Constant: () => undefined,
  Identity: identity,
  Dropout: identity,
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Gemm: matrixProduct,
  MatMul: matrixProduct,
  Relu: named('relu'),
  Sigmoid: named('sigmoid'),
  Tanh: named('tanh'),
  Clip: clip,
  LeakyRelu: leakyRelu,
  HardSigmoid: hardSigmoid,
  Softmax: softmax,
  Add: sum,
  Sum: sum,
  Sub: difference,
  Mul: product,
  Div: quotient,
  MaxPool: maxPool,
  GlobalMaxPool: globalMaxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  ReduceMean: reduceMean,
  ReduceMax: reduced('reduction_max'),
  ReduceSum: reduced('reduction_sum'),
  Concat: concat,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Slice: slice,
  Split: split,
  Pad: pad,
  Resize: resize,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};

export const findWriter = (node: Node): OperatorWriter | undefined =>
  node.domain === '' && Object.hasOwn(writers, node.op) ? writers[node.op] : undefined;

/** Names of all operators that can be written, of ONNX's own domain. */
export const writtenOperators: readonly string[] = Object.keys(writers);

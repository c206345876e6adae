import type { Node } from '../../../../onnx/graph.ts';
import type { Writing } from '../export.ts';
import { convolution, transposedConvolution } from './convolution.ts';
import { clip, hardSigmoid, leakyRelu, named, product, softmax, sum } from './elementwise.ts';
import { dequantize, quantize } from './fix.ts';
import { concat, flatten, identity, pad, reshape, slice, split, transpose } from './move.ts';
import { matrixProduct } from './matrix-product.ts';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from './pooling.ts';
import { resize } from './resize.ts';

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
  Mul: product,
  MaxPool: maxPool,
  GlobalMaxPool: globalMaxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  ReduceMean: reduceMean,
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
};

export const findWriter = (node: Node): OperatorWriter | undefined =>
  node.domain === '' && Object.hasOwn(writers, node.op) ? writers[node.op] : undefined;

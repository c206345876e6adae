import { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { convMacs, convShape } from './conv.ts';
import { gemmMacs, gemmShape } from './gemm.ts';
import { matmulMacs, matmulShapes } from './matmul.ts';
import { hasInput, shapeAt, tensorOf, typeAt } from './shape/operand.ts';

const product = (context: InferenceContext, a: number, b: number): readonly Dim[] | undefined =>
  matmulShapes(context, shapeAt(context, a), shapeAt(context, b));

/** Result in the type of the output's zero point; float where there is none. */
const typed = (context: InferenceContext, zeroPoint: number, shape: readonly Dim[] | undefined): (Inferred | undefined)[] => [
  tensorOf(hasInput(context, zeroPoint) ? typeAt(context, zeroPoint) : DataType.float32, shape),
];

/** com.microsoft::QLinearConv also knows a layout with channels last, [N, spatial…, C]. */
function quantizedConv(context: InferenceContext): (Inferred | undefined)[] {
  const type = typeAt(context, 7);
  if (context.node.int('channels_last', 0) === 0) return [tensorOf(type, convShape(context, 0, 3, 8))];
  const turned: InferenceContext = {
    ...context,
    input: (index) => {
      const value = context.input(index);
      if (index !== 0 || !value?.shape || value.shape.length < 3) return value;
      return tensorOf(value.type, [value.shape[0]!, value.shape.at(-1)!, ...value.shape.slice(1, -1)]);
    },
  };
  const shape = convShape(turned, 0, 3, 8);
  return [tensorOf(type, shape && [shape[0]!, ...shape.slice(2), shape[1]!])];
}

const qlinearConv: OperatorRecord = {
  op: 'QLinearConv',
  since: 10,
  summary: 'Convolution of integers, with scales and zero points of input, weights and output.',
  weights: [3, 8],
  settings: [1, 2, 4, 5, 6, 7],
  macs: convMacs(3),
  infer: quantizedConv,
};

/** Convolutions and matrix products of integers, as quantized models hold them. */
export const records: readonly OperatorRecord[] = [
  {
    op: 'ConvInteger',
    since: 10,
    summary: 'Convolution of 8-bit integers into int32.',
    weights: [1],
    settings: [2, 3],
    macs: convMacs(1),
    infer: (context) => [tensorOf(DataType.int32, convShape(context, 0, 1))],
  },
  qlinearConv,
  { ...qlinearConv, domain: 'com.microsoft', since: 1 },
  {
    op: 'MatMulInteger',
    since: 10,
    summary: 'Matrix product of 8-bit integers into int32.',
    weights: [1],
    settings: [2, 3],
    macs: matmulMacs(0),
    infer: (context) => [tensorOf(DataType.int32, product(context, 0, 1))],
  },
  {
    op: 'QLinearMatMul',
    since: 10,
    summary: 'Matrix product of integers, with scales and zero points.',
    weights: [3],
    settings: [1, 2, 4, 5, 6, 7],
    macs: matmulMacs(0),
    infer: (context) => typed(context, 7, product(context, 0, 3)),
  },
  {
    op: 'QGemm',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Gemm of integers, with scales and zero points; float result where it has no output scale.',
    weights: [3, 6],
    settings: [1, 2, 4, 5, 7, 8],
    macs: gemmMacs(0),
    infer: (context) => typed(context, 8, gemmShape(context, 0, 3)),
  },
  {
    op: 'MatMulIntegerToFloat',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Matrix product of integers, result in float.',
    weights: [1, 6],
    settings: [2, 3, 4, 5],
    macs: matmulMacs(0),
    infer: (context) => [tensorOf(typeAt(context, 2), product(context, 0, 1))],
  },
  {
    op: 'DynamicQuantizeMatMul',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Matrix product whose float input is quantized at run time.',
    weights: [1, 4],
    settings: [2, 3],
    macs: matmulMacs(0),
    infer: (context) => [tensorOf(typeAt(context, 0), product(context, 0, 1))],
  },
];

import { DataType } from '../onnx/data-type.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { hasInput, shapeAt, tensorOf, typeAt } from './shape/operand.ts';

/** QuantizeLinear-10 to -25: the type is that of the zero point, else the attribute output_dtype, else uint8. */
function quantize(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const declared = node.int('output_dtype', 0) as DataType;
  const type = hasInput(context, 2) ? typeAt(context, 2) : declared !== DataType.undefined ? declared : DataType.uint8;
  return [tensorOf(type, shapeAt(context, 0))];
}

/** DequantizeLinear-10 to -25: the type is the attribute output_dtype, else that of the scale. */
function dequantize(context: InferenceContext): (Inferred | undefined)[] {
  const declared = context.node.int('output_dtype', 0) as DataType;
  return [tensorOf(declared !== DataType.undefined ? declared : typeAt(context, 1), shapeAt(context, 0))];
}

/** ONNX Runtime had them before ONNX did. */
const domains = [
  ['', 10],
  ['com.microsoft', 1],
] as const;

/** Between float and integers: q = saturate(round(x / scale) + zero point), x = (q - zero point) · scale. */
export const records: readonly OperatorRecord[] = [
  ...domains.flatMap(([domain, since]): OperatorRecord[] => [
    {
      op: 'QuantizeLinear',
      domain,
      since,
      summary: 'Rounds floats to integers with a scale and a zero point.',
      settings: [1, 2],
      infer: quantize,
    },
    {
      op: 'DequantizeLinear',
      domain,
      since,
      summary: 'Turns integers back into floats with a scale and a zero point.',
      weights: [0],
      settings: [1, 2],
      infer: dequantize,
    },
  ]),
  {
    op: 'DynamicQuantizeLinear',
    since: 11,
    summary: 'Quantizes to uint8 with a scale and zero point found at run time.',
    infer(context) {
      return [tensorOf(DataType.uint8, shapeAt(context, 0)), tensorOf(DataType.float32, []), tensorOf(DataType.uint8, [])];
    },
  },
];

import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { concatShape } from './concat.ts';
import { poolShape } from './pool.ts';
import { broadcastShapes, rankedAtLeast, shapeAt, tensorOf, typeAt } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';

const domain = 'com.microsoft';

/** Scale and zero point follow every quantized operand; all inputs but `data` are settings. */
const quantized = (
  op: string,
  summary: string,
  settings: readonly number[],
  infer: (context: InferenceContext) => (Inferred | undefined)[],
): OperatorRecord => ({ op, domain, since: 1, summary, settings, infer });

const ofOne = [1, 2, 3, 4] as const;
const ofTwo = [1, 2, 4, 5, 6, 7] as const;

const broadcast =
  (...indices: number[]) =>
  (context: InferenceContext): (Inferred | undefined)[] => {
    const shape = broadcastShapes(
      context.node,
      indices.map((index) => shapeAt(context, index)),
    );
    return [tensorOf(typeAt(context, indices.at(-1)!), shape)];
  };

/** Moves the channels of [N, spatial…, C] to axis 1, applies a rule, and moves them back. */
function channelsFirst(
  context: InferenceContext,
  rule: (context: InferenceContext) => readonly Dim[] | undefined,
): (Inferred | undefined)[] {
  const type = typeAt(context, 0);
  const input = shapeAt(context, 0);
  if (context.node.int('channels_last', 0) === 0 || !input || input.length < 3) return [tensorOf(type, rule(context))];
  const turned = tensorOf(type, [input[0]!, input.at(-1)!, ...input.slice(1, -1)]);
  const shape = rule({ ...context, input: (index) => (index === 0 ? turned : context.input(index)) });
  return [tensorOf(type, shape && [shape[0]!, ...shape.slice(2), shape[1]!])];
}

const globalPool = (context: InferenceContext): readonly Dim[] | undefined =>
  rankedAtLeast(context, 0, 2)?.map((dim, axis) => (axis < 2 ? dim : 1));

/** QLinearConcat: output scale and zero point, then three inputs for every tensor. */
function concat(context: InferenceContext): (Inferred | undefined)[] {
  const tensors = context.node.inputs.flatMap((_, index) => (index >= 2 && (index - 2) % 3 === 0 ? [index] : []));
  return [tensorOf(typeAt(context, 2), concatShape(context, tensors, context.node.int('axis', 0)))];
}

/** ONNX Runtime's own operators on quantized tensors beside convolution and matrix product. */
export const records: readonly OperatorRecord[] = [
  quantized('QLinearAdd', 'Sum of two quantized tensors.', ofTwo, broadcast(0, 3)),
  quantized('QLinearMul', 'Product of two quantized tensors.', ofTwo, broadcast(0, 3)),
  quantized('QLinearWhere', 'Picks from two quantized tensors.', [2, 3, 5, 6, 7, 8], broadcast(0, 1, 4)),
  quantized('QLinearSigmoid', 'Sigmoid of a quantized tensor.', ofOne, sameAsInput),
  quantized('QLinearLeakyRelu', 'LeakyRelu of a quantized tensor.', ofOne, sameAsInput),
  { ...quantized('QLinearSoftmax', 'Softmax of a quantized tensor.', ofOne, sameAsInput), mixesChannels: true },
  quantized('QLinearAveragePool', 'AveragePool of a quantized tensor.', ofOne, (context) => channelsFirst(context, poolShape)),
  quantized('QLinearGlobalAveragePool', 'Mean over all spatial axes of a quantized tensor.', ofOne, (context) =>
    channelsFirst(context, globalPool),
  ),
  quantized('QLinearConcat', 'Joins quantized tensors along one axis.', [0, 1], concat),
];

import type { InferenceContext, Inferred, OperatorRecord } from './record.ts';
import { normalAxis, rankedAtLeast } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';

/** Default axis: 1 before opset 13 (the input is seen as a matrix), the last one since. */
const infer = (context: InferenceContext): (Inferred | undefined)[] => {
  const shape = rankedAtLeast(context, 0, 0);
  const old = context.opset < 13;
  if (shape?.length) normalAxis(context.node, context.node.int('axis', old ? Math.min(1, shape.length) : -1), shape.length, old);
  return sameAsInput(context);
};

const record = (op: string, summary: string, reason: string): OperatorRecord => ({
  op,
  since: 1,
  summary,
  mixesChannels: true,
  quantize: { kind: 'float', reason },
  infer,
});

export const records: readonly OperatorRecord[] = [
  record(
    'Softmax',
    'Exponentials along an axis, scaled to sum 1.',
    'probabilities lose their small values in 8 bits while the kernel gains little; left float by default',
  ),
  record('LogSoftmax', 'Logarithm of Softmax.', "ONNX Runtime's CPU provider has no integer LogSoftmax"),
  record('Hardmax', 'One at the largest element along an axis, else zero.', "ONNX Runtime's CPU provider has no integer Hardmax"),
];

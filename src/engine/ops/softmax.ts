import { withGradients } from './gradient/index.ts';
import type { InferenceContext, Inferred, OperatorRecord } from './record.ts';
import { normalAxis, shapeAt } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';

/** Before opset 13 the input is seen as a matrix, split at `axis`, by default 1: behind the last axis is allowed there. */
const infer = (context: InferenceContext): (Inferred | undefined)[] => {
  const shape = shapeAt(context, 0);
  const old = context.opset < 13;
  const axis = context.node.int('axis', old ? 1 : -1);
  if (shape?.length && !(old && axis === shape.length)) normalAxis(context.node, axis, shape.length);
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

export const records: readonly OperatorRecord[] = withGradients([
  record(
    'Softmax',
    'Exponentials along an axis, scaled to sum 1.',
    'probabilities lose their small values in 8 bits while the kernel gains little; left float by default',
  ),
  record('LogSoftmax', 'Logarithm of Softmax.', "ONNX Runtime's CPU provider has no integer LogSoftmax"),
  record('Hardmax', 'One at the largest element along an axis, else zero.', "ONNX Runtime's CPU provider has no integer Hardmax"),
]);

import { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord, QuantizeRole } from './record.ts';
import { rankedAtLeast, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { poolAlong, windowOf } from './shape/window.ts';
import { movesElements, noIntegerKernel } from './shape/roles.ts';

/** [N, C, spatial…] under a window that keeps the channels (MaxPool-1 to -22, AveragePool-1 to -22, LpPool-1 to -22). */
export function poolShape(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  const kernel = node.ints('kernel_shape');
  if (!kernel?.length) throw shapeError(node, 'has no kernel_shape');
  if (kernel.some((size) => size < 1)) throw shapeError(node, `has kernel_shape [${kernel.join(',')}]`);
  const input = rankedAtLeast(context, 0, 3);
  if (!input) return undefined;
  const window = windowOf(node, kernel, input.length - 2);
  const ceil = node.int('ceil_mode', 0) !== 0;
  return [input[0]!, input[1]!, ...input.slice(2).map((dim, axis) => poolAlong(node, window, dim, axis, ceil))];
}

const infer = (context: InferenceContext): (Inferred | undefined)[] => [tensorOf(typeAt(context, 0), poolShape(context))];
const integerKernel: QuantizeRole = { kind: 'integer', inputs: [0] };
/** Pooling over windows. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'MaxPool',
    since: 1,
    summary: 'Largest element of every window; second output: where it was.',
    quantize: movesElements,
    infer(context) {
      const shape = poolShape(context);
      return [tensorOf(typeAt(context, 0), shape), tensorOf(DataType.int64, shape)];
    },
  },
  { op: 'AveragePool', since: 1, summary: 'Mean of every window.', quantize: integerKernel, infer },
  { op: 'LpPool', since: 1, summary: 'Lp norm of every window.', quantize: noIntegerKernel('LpPool'), infer },
]);

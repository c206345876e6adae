import type { Inferred, InferenceContext, OperatorRecord, QuantizeRole } from './record.ts';
import { rankedAtLeast, tensorOf, typeAt } from './shape/operand.ts';

/** [N, C, spatial…] to [N, C, 1…]. */
const infer = (context: InferenceContext): (Inferred | undefined)[] => {
  const input = rankedAtLeast(context, 0, 2);
  return [tensorOf(typeAt(context, 0), input && [...input.slice(0, 2), ...input.slice(2).map(() => 1)])];
};

const pool = (op: string, summary: string, quantize: QuantizeRole): OperatorRecord => ({ op, since: 1, summary, infer, quantize });

export const records: readonly OperatorRecord[] = [
  pool('GlobalAveragePool', 'Mean over all spatial axes.', { kind: 'integer', inputs: [0] }),
  pool('GlobalMaxPool', 'Largest element over all spatial axes.', {
    kind: 'float',
    reason: "ONNX Runtime's CPU provider has no integer GlobalMaxPool",
  }),
  pool('GlobalLpPool', 'Lp norm over all spatial axes.', {
    kind: 'float',
    reason: "ONNX Runtime's CPU provider has no integer GlobalLpPool",
  }),
];

import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord, QuantizeRole } from './record.ts';
import { rankedAtLeast, tensorOf, typeAt } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** [N, C, spatial…] to [N, C, 1…]. */
const infer = (context: InferenceContext): (Inferred | undefined)[] => {
  const input = rankedAtLeast(context, 0, 2);
  return [tensorOf(typeAt(context, 0), input && [...input.slice(0, 2), ...input.slice(2).map(() => 1)])];
};

const pool = (op: string, summary: string, quantize: QuantizeRole): OperatorRecord => ({ op, since: 1, summary, infer, quantize });

export const records: readonly OperatorRecord[] = withGradients([
  pool('GlobalAveragePool', 'Mean over all spatial axes.', { kind: 'integer', inputs: [0] }),
  pool('GlobalMaxPool', 'Largest element over all spatial axes.', noIntegerKernel('GlobalMaxPool')),
  pool('GlobalLpPool', 'Lp norm over all spatial axes.', noIntegerKernel('GlobalLpPool')),
]);

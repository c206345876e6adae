import { withGradients } from './gradient/index.ts';
import type { OperatorRecord } from './record.ts';
import { rankedAtLeast, ranked, tensorOf, typeAt } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** Operators that keep the shape and change elements along axes. */
export const records: readonly OperatorRecord[] = withGradients([
  { op: 'CumSum', since: 11, summary: 'Running sum along one axis.', quantize: noIntegerKernel('CumSum'), infer: sameAsInput },
  {
    op: 'Trilu',
    since: 14,
    summary: 'Keeps the upper or lower triangle of matrices.',
    quantize: noIntegerKernel('Trilu'),
    infer(context) {
      rankedAtLeast(context, 0, 2);
      return sameAsInput(context);
    },
  },
  {
    op: 'ReverseSequence',
    since: 10,
    summary: 'Reverses the start of every sequence.',
    quantize: noIntegerKernel('ReverseSequence'),
    infer(context) {
      rankedAtLeast(context, 0, 2);
      ranked(context, 1, 1);
      return sameAsInput(context);
    },
  },
  {
    op: 'Det',
    since: 11,
    summary: 'Determinant of square matrices.',
    quantize: noIntegerKernel('Det'),
    infer: (context) => [tensorOf(typeAt(context, 0), rankedAtLeast(context, 0, 2)?.slice(0, -2))],
  },
]);

import type { OperatorRecord } from './record.ts';
import { rankedAtLeast, ranked, tensorOf, typeAt } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';

/** Operators that keep the shape and change elements along axes. */
export const records: readonly OperatorRecord[] = [
  { op: 'CumSum', since: 11, summary: 'Running sum along one axis.', infer: sameAsInput },
  {
    op: 'Trilu',
    since: 14,
    summary: 'Keeps the upper or lower triangle of matrices.',
    infer(context) {
      rankedAtLeast(context, 0, 2);
      return sameAsInput(context);
    },
  },
  {
    op: 'ReverseSequence',
    since: 10,
    summary: 'Reverses the start of every sequence.',
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
    infer: (context) => [tensorOf(typeAt(context, 0), rankedAtLeast(context, 0, 2)?.slice(0, -2))],
  },
];

import type { RoundedRow } from '../weight-row.ts';
import type { RowRequest } from './row.ts';
import { signCodes } from './sign-codes.ts';

/** Weights up to this share of the mean magnitude become zero: near the best one for normal and for uniform weights. */
const threshold = 0.7;

/** -1, 0 or 1 times a scale (Li et al., Ternary weight networks, arXiv:1605.04711, eq. 5 and 6). */
export function ternaryRow(request: RowRequest): RoundedRow {
  const { row } = request;
  const bound = (threshold * row.reduce((sum, weight) => sum + Math.abs(weight), 0)) / Math.max(1, row.length);
  return signCodes(
    request,
    Int32Array.from(row, (weight) => (Math.abs(weight) <= bound ? 0 : Math.sign(weight))),
  );
}

import { nearestPosition, scaleAt, within } from '../power-of-two/position.ts';
import { smallestScale } from '../scheme.ts';
import type { RoundedRow } from '../weight-row.ts';
import type { RowRequest } from './row.ts';

/**
 * A row of codes -1, 0 and 1 at the scale of least squared error, which is the mean magnitude of the weights that are not zero. Without
 * any, and where the bias needs a greater scale (such weights are nothing beside it), all codes are zero.
 */
export function signCodes({ row, positions, least }: RowRequest, codes: Int32Array): RoundedRow {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < row.length; i++) {
    if (codes[i] === 0) continue;
    sum += Math.abs(row[i]!);
    count++;
  }
  const mean = sum === 0 ? 0 : Math.max(sum / count, smallestScale);
  const scale = Math.fround(positions && mean > 0 ? scaleAt(within(nearestPosition(mean), positions)) : mean);
  const kept = scale > 0 && scale >= least;
  if (!kept) codes.fill(0);
  const used = kept ? scale : least > 1 ? Math.fround(least) : 1;
  let error = 0;
  for (let i = 0; i < row.length; i++) error += (row[i]! - used * codes[i]!) ** 2;
  return { scale: used, zeroPoint: 0, codes, error, lowered: false, freeError: error };
}

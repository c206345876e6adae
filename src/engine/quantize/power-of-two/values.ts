import { squaredError } from '../../calibrate/mse.ts';
import { Histogram } from '../../statistics/histogram.ts';
import type { Statistic } from '../../statistics/statistic.ts';
import type { ValueRange } from '../groups.ts';
import { roundHalfEven, type Grid, type Scheme } from '../scheme.ts';
import { greatestPosition, holdingPosition, leastPosition, scaleAt, spanningPosition } from './position.ts';

/** How many finer positions than the one that clips nothing are tried by squared error. (vai_q_onnx MinMSE tries as many.) */
const finerByError = 4;
/** After another estimator: its range and the next finer position. */
const finerThanRange = 1;

/**
 * Fix position of one value. `range` is what the estimator said, `searched` that the estimator leaves the choice among positions to the
 * squared error (`calibrate: mse`). Where the statistic is a histogram, finer positions win where their squared error is less.
 */
export function positionOfValue(range: ValueRange, searched: boolean, seen: Statistic | undefined, on: Grid, symmetric: boolean): number {
  const whole = searched && seen && seen.low <= seen.high ? { low: seen.low, high: seen.high } : range;
  const holding = positionHolding(whole, on, symmetric);
  if (!(seen instanceof Histogram) || !(seen.low <= seen.high)) return holding;
  const bins = { width: seen.width, first: seen.first, counts: seen.counts };
  let best = holding;
  let least = Infinity;
  const last = Math.min(greatestPosition, holding + (searched ? finerByError : finerThanRange));
  for (let position = holding; position <= last; position++) {
    const { scale, zeroPoint, lowest, highest } = schemeAt(position, whole, on, symmetric);
    const error = squaredError(bins, { step: scale, lowest: lowest - zeroPoint, highest: highest - zeroPoint });
    if (error < least) [best, least] = [position, error];
  }
  return best;
}

/** Mean squared error of a value on a scheme over its mean square; undefined where only its range is known, or it is always zero. */
export function relativeError(seen: Statistic | undefined, { scale, zeroPoint, lowest, highest }: Scheme): number | undefined {
  if (!(seen instanceof Histogram) || !(seen.low <= seen.high)) return undefined;
  const { width, first, counts } = seen;
  const power = counts.reduce((sum, count, i) => sum + count * ((first + i + 0.5) * width) ** 2, 0);
  const error = squaredError({ width, first, counts }, { step: scale, lowest: lowest - zeroPoint, highest: highest - zeroPoint });
  return power > 0 ? error / power : undefined;
}

/** The finest position that clips nothing of a range; zero is always inside. */
export function positionHolding({ low, high }: ValueRange, on: Grid, symmetric: boolean): number {
  const from = Math.min(0, low);
  const to = Math.max(0, high);
  const { lowest, highest } = wholeGrid(on, symmetric);
  if (symmetric) return holdingPosition(from, to, lowest - on.middle, highest - on.middle);
  let position = spanningPosition(from, to, highest - lowest + 1);
  // Rounding of the zero point may leave no code for an end.
  while (position > leastPosition && clips(schemeAt(position, { low, high }, on, symmetric), from, to)) position--;
  return position;
}

const clips = ({ scale, zeroPoint, lowest, highest }: Scheme, low: number, high: number): boolean =>
  low / scale + zeroPoint < lowest - 0.5 || high / scale + zeroPoint > highest + 0.5;

/** Scale 2^-position; zero point in the middle (`symmetric`), or where it shares what is clipped in proportion to the range's two sides. */
export function schemeAt(position: number, { low, high }: ValueRange, on: Grid, symmetric: boolean): Scheme {
  const scale = scaleAt(position);
  const whole = wholeGrid(on, symmetric);
  if (symmetric) return { ...whole, scale, zeroPoint: on.middle };
  const from = Math.min(0, low);
  const to = Math.max(0, high);
  const levels = whole.highest - whole.lowest;
  const span = (to - from) / scale;
  const below = span <= levels ? -from / scale : (levels * -from) / (to - from);
  const zeroPoint = Math.max(whole.lowest, Math.min(whole.highest, whole.lowest + roundHalfEven(below)));
  return { ...whole, scale, zeroPoint };
}

/**
 * About zero point 0 a shift needs no grid with as many codes above as below: -128 is used too, as the DPU does. (Elsewhere it is left
 * out so that the range is symmetric.)
 */
function wholeGrid(on: Grid, symmetric: boolean): Grid {
  return symmetric ? { ...on, lowest: on.lowest - 1 } : on;
}

import { powerOfTwoRow, powerOfTwoRowWithZeroPoint } from '../power-of-two/weights.ts';
import { pairLimit, type Pairs } from '../saturation.ts';
import { schemeForRange, smallestScale } from '../scheme.ts';
import { roundRow, roundWithZeroPoint, worstPair, type RoundedRow, type Row } from '../weight-row.ts';
import { leastErrorScale } from './least-error-scale.ts';
import type { RowRequest } from './row.ts';

/** Scales that clip are tried in these steps downwards, those that make room for neighbours' sums upwards. */
const clippingStep = 0.97;
const wideningStep = 1.02;

/** Up to 4 bits and this many weights every scale is looked at: the error is too jagged for steps. Memory: 32 bytes a weight. */
const exactSteps = 7;
const exactLength = 2 ** 16;

/** Nearest integers, each weight by itself. */
export function integerRow(request: RowRequest): RoundedRow {
  const { row, on, symmetric, range, pairs, positions, least } = request;
  const steps = on.highest - on.middle;
  const kept = 2 * steps > pairLimit ? pairs : undefined;
  if (!symmetric) return positions ? powerOfTwoRowWithZeroPoint(row, on, least, positions, range) : asymmetricRow(request);
  return positions ? powerOfTwoRow(row, steps, least, positions, { range, pairs: kept }) : symmetricRow({ ...request, pairs: kept });
}

function symmetricRow({ row, on, range, least, pairs }: RowRequest): RoundedRow {
  const steps = on.highest - on.middle;
  let largest = 0;
  for (const weight of row) largest = Math.max(largest, Math.abs(weight));
  if (largest === 0) {
    const scale = least > 1 ? Math.fround(least) : 1;
    return { scale, zeroPoint: 0, codes: new Int32Array(row.length), error: 0, lowered: false, freeError: 0 };
  }
  const full = Math.max(Math.fround(Math.max(largest / steps, smallestScale)), Math.fround(least));
  const attempt = (scale: number, kept: Pairs | undefined): Row => roundRow(row, scale, steps, kept);
  const free = attempt(full, undefined);
  let best = pairs ? attempt(full, pairs) : free;
  if (best.lowered) {
    const start = Math.max(1, 0.9 * worstPair(free.codes, pairs!));
    for (let factor = start, room = false; !room; factor *= wideningStep) {
      const wider = attempt(full * factor, pairs);
      if (wider.error < best.error) best = wider;
      // Once no pair is too large, more room only costs precision.
      room = !wider.lowered;
    }
  } else if (range === 'mse' && steps <= exactSteps && row.length <= exactLength) {
    const scale = leastErrorScale(row, steps, Math.max(least, smallestScale));
    const found = scale === undefined ? best : attempt(scale, undefined);
    if (found.error < best.error) best = found;
  } else if (range === 'mse') {
    // The error falls, then rises with a ripple: two steps without gain end the search.
    for (let factor = clippingStep, misses = 0; misses < 2 && full * factor > least; factor *= clippingStep) {
      const narrower = attempt(full * factor, pairs);
      misses = narrower.error < best.error ? 0 : misses + 1;
      if (misses === 0) best = narrower;
    }
  }
  return { ...best, freeError: Math.min(free.error, best.error) };
}

/** Ends of the range, as shares of the weights' own. */
type Ends = readonly [low: number, high: number];

function asymmetricRow({ row, on, least, range }: RowRequest): RoundedRow {
  let low = 0;
  let high = 0;
  for (const weight of row) {
    if (weight < low) low = weight;
    if (weight > high) high = weight;
  }
  const attempt = ([first, last]: Ends): RoundedRow => {
    const widened = Math.max(1, least / Math.max((last * high - first * low) / (on.highest - on.lowest), smallestScale));
    return roundWithZeroPoint(row, schemeForRange(first * low * widened, last * high * widened, on, false));
  };
  let best = attempt([1, 1]);
  if (range === 'max') return best;
  let ends: Ends = [1, 1];
  const search = (narrowed: (factor: number) => Ends): void => {
    const start = ends;
    // At few levels the error has more than one dent.
    const patience = on.highest - on.lowest > 2 * exactSteps + 1 ? 2 : 12;
    for (let factor = clippingStep, misses = 0; misses < patience; factor *= clippingStep) {
      const trial = narrowed(factor);
      const found = attempt(trial);
      misses = found.error < best.error ? 0 : misses + 1;
      if (misses === 0) [best, ends] = [found, trial];
      if (trial[0] < start[0] / 64 && trial[1] < start[1] / 64) return;
    }
  };
  search((factor) => [factor, factor]);
  const [bothLow, bothHigh] = ends;
  search((factor) => [bothLow * factor, bothHigh]);
  const [settledLow] = ends;
  search((factor) => [settledLow, bothHigh * factor]);
  return best;
}

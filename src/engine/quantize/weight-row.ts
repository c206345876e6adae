import { pairLimit, type Pairs } from './saturation.ts';
import { roundHalfEven, type Scheme } from './scheme.ts';

/** One channel's weights (or a whole tensor's) as integers. */
export interface Row {
  scale: number;
  zeroPoint: number;
  /** Relative to the zero point. */
  codes: Int32Array;
  /** Sum of squared differences. */
  error: number;
  /** True where neighbours had to be lowered. */
  lowered: boolean;
}

export interface RoundedRow extends Row {
  /** The error that would do if no neighbours had to be kept from saturating. */
  freeError: number;
}

/** Adding and subtracting 1.5 * 2^52 rounds a double below 2^51 to the nearest integer, halves to even. */
const rounder = 6755399441055744;

/** Nearest codes of -steps … steps at a scale (rounded to float32); neighbours of `pairs` lowered until they cannot saturate. */
export function roundRow(row: Float64Array, wanted: number, steps: number, pairs: Pairs | undefined): Row {
  const scale = Math.fround(wanted);
  const codes = new Int32Array(row.length);
  const inverse = 1 / scale;
  let error = 0;
  for (let i = 0; i < row.length; i++) {
    const weight = row[i]!;
    let code = weight * inverse + rounder - rounder;
    if (code > steps) code = steps;
    else if (code < -steps) code = -steps;
    codes[i] = code;
    const difference = weight - scale * code;
    error += difference * difference;
  }
  const lowered = pairs ? lowerPairs(row, scale, codes, pairs) : false;
  return { scale, zeroPoint: 0, codes, error: lowered ? squaredError(row, scale, codes) : error, lowered };
}

function squaredError(row: Float64Array, scale: number, codes: Int32Array): number {
  let error = 0;
  for (let i = 0; i < row.length; i++) {
    const difference = row[i]! - scale * codes[i]!;
    error += difference * difference;
  }
  return error;
}

/** The greatest sum of two neighbours of one sign, in units of the limit. */
export function worstPair(codes: Int32Array, pairs: Pairs): number {
  let worst = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [codes[pairs[i]!]!, codes[pairs[i + 1]!]!];
    if (a * b > 0) worst = Math.max(worst, Math.abs(a + b));
  }
  return worst / pairLimit;
}

/** Lowers pairs of one sign to the limit, sharing the excess so that the squared error is least. True if anything changed. */
function lowerPairs(row: Float64Array, scale: number, codes: Int32Array, pairs: Pairs): boolean {
  let changed = false;
  for (let i = 0; i < pairs.length; i += 2) {
    const first = pairs[i]!;
    const second = pairs[i + 1]!;
    const a = codes[first]!;
    const b = codes[second]!;
    const excess = Math.abs(a + b) - pairLimit;
    if (excess <= 0 || a * b <= 0) continue;
    const sign = Math.sign(a);
    // Both end up equally far below their wish: d1 - d2 = r1 - r2 with d1 + d2 = excess, where r = code - wish.
    const over = sign * (a - row[first]! / scale - (b - row[second]! / scale));
    const share = Math.max(0, Math.min(excess, Math.round((excess + over) / 2), Math.abs(a)));
    codes[first] = a - sign * share;
    codes[second] = b - sign * (excess - share);
    changed = true;
  }
  return changed;
}

/** Nearest codes of a scheme with any zero point. */
export function roundWithZeroPoint(row: Float64Array, { scale, zeroPoint, lowest, highest }: Scheme): RoundedRow {
  const codes = new Int32Array(row.length);
  let error = 0;
  for (let i = 0; i < row.length; i++) {
    codes[i] = Math.max(lowest, Math.min(highest, roundHalfEven(row[i]! / scale) + zeroPoint)) - zeroPoint;
    error += (row[i]! - scale * codes[i]!) ** 2;
  }
  return { scale, zeroPoint, codes, error, lowered: false, freeError: error };
}

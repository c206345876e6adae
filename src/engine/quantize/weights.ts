import { DataType } from '../onnx/data-type.ts';
import { rowsOf } from './rows.ts';
import { pairLimit, type Pairs } from './saturation.ts';
import { grid, roundHalfEven, schemeForRange, smallestScale, type Grid } from './scheme.ts';

export interface WeightOptions {
  readonly type: Grid['type'];
  /** 2 to 8. */
  readonly bits: number;
  /** false: each channel gets its own zero point. */
  readonly symmetric: boolean;
  /** Axis of output channels with a scale each; undefined: one scale for the tensor. */
  readonly axis: number | undefined;
  /** `max`: the largest weight is representable. `mse`: the scale with the least squared error, which may clip a few weights. */
  readonly range: 'max' | 'mse';
  /** Neighbours whose int8 codes must not add up beyond what the kernels of every CPU can hold (saturation.ts). */
  readonly pairs?: Pairs;
  /** Least scale of a channel, so that its bias fits int32; one entry a channel of `axis`, or one. */
  readonly leastScales?: ArrayLike<number>;
}

export interface QuantizedWeights {
  readonly type: Grid['type'];
  /** In the tensor's own layout. */
  readonly data: Int8Array | Uint8Array;
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  readonly axis: number | undefined;
  /** Sum of squared differences and of squared weights; the ratio in dB is the SQNR. */
  readonly noise: number;
  readonly signal: number;
  /** Sum of squared differences if no neighbours had to be kept from saturating; equal to `noise` where none had to. */
  readonly freeNoise: number;
}

/** 10 log10(signal / noise); null where the weights are kept exactly. */
export const weightSqnr = ({ noise, signal }: Pick<QuantizedWeights, 'noise' | 'signal'>): number | null =>
  noise === 0 ? null : 10 * Math.log10(signal / noise);

/**
 * Rounds weights to integers. `values` must be finite (the caller refuses the layer otherwise); `dims` as stored.
 * An all-zero channel gets scale 1 and zeros.
 */
export function quantizeWeights(values: ArrayLike<number>, dims: readonly number[], options: WeightOptions): QuantizedWeights {
  const rows = rowsOf(dims, options.axis);
  const on = grid(options.type, options.bits, options.symmetric);
  const data = options.type === DataType.int8 ? new Int8Array(values.length) : new Uint8Array(values.length);
  const scales = new Float32Array(rows.channels);
  const zeroPoints = new Int32Array(rows.channels);
  const row = new Float64Array(rows.length);
  let noise = 0;
  let freeNoise = 0;
  let signal = 0;
  for (let channel = 0; channel < rows.channels; channel++) {
    for (let i = 0; i < row.length; i++) row[i] = values[rows.offset(channel, i)]!;
    const least = options.leastScales?.[options.leastScales.length === 1 ? 0 : channel] ?? 0;
    const found = options.symmetric ? symmetricRow(row, on.highest - on.middle, least, options) : asymmetricRow(row, on, least);
    scales[channel] = found.scale;
    zeroPoints[channel] = options.symmetric ? on.middle : found.zeroPoint;
    for (let i = 0; i < row.length; i++) {
      data[rows.offset(channel, i)] = found.codes[i]! + zeroPoints[channel]!;
      signal += row[i]! * row[i]!;
    }
    noise += found.error;
    freeNoise += found.freeError;
  }
  return { type: options.type, data, scales, zeroPoints, axis: options.axis, noise, signal, freeNoise };
}

interface Row {
  scale: number;
  zeroPoint: number;
  /** Relative to the zero point. */
  codes: Int16Array;
  /** Sum of squared differences. */
  error: number;
  /** True where neighbours had to be lowered. */
  lowered: boolean;
}

/** Scales that clip are tried in these steps downwards, those that make room for neighbours' sums upwards. */
const clippingStep = 0.97;
const wideningStep = 1.02;

/** Adding and subtracting 1.5 * 2^52 rounds a double below 2^51 to the nearest integer, halves to even. */
const rounder = 6755399441055744;

function symmetricRow(row: Float64Array, steps: number, least: number, options: WeightOptions): Row & { freeError: number } {
  let largest = 0;
  for (const weight of row) largest = Math.max(largest, Math.abs(weight));
  if (largest === 0) {
    const scale = least > 1 ? Math.fround(least) : 1;
    return { scale, zeroPoint: 0, codes: new Int16Array(row.length), error: 0, lowered: false, freeError: 0 };
  }
  const full = Math.max(Math.fround(Math.max(largest / steps, smallestScale)), Math.fround(least));
  const pairs = 2 * steps > pairLimit ? options.pairs : undefined;
  const free = roundRow(row, full, steps, undefined);
  let best = pairs ? roundRow(row, full, steps, pairs) : free;
  if (best.lowered) {
    const start = Math.max(1, 0.9 * worstPair(free.codes, pairs!));
    for (let factor = start, room = false; !room; factor *= wideningStep) {
      const wider = roundRow(row, full * factor, steps, pairs);
      if (wider.error < best.error) best = wider;
      // Once no pair is too large, more room only costs precision.
      room = !wider.lowered;
    }
  } else if (options.range === 'mse') {
    // The error falls, then rises with a ripple: two steps without gain end the search.
    for (let factor = clippingStep, misses = 0; misses < 2 && full * factor > least; factor *= clippingStep) {
      const narrower = roundRow(row, full * factor, steps, pairs);
      misses = narrower.error < best.error ? 0 : misses + 1;
      if (misses === 0) best = narrower;
    }
  }
  return { ...best, freeError: Math.min(free.error, best.error) };
}

function roundRow(row: Float64Array, wanted: number, steps: number, pairs: Pairs | undefined): Row {
  const scale = Math.fround(wanted);
  const codes = new Int16Array(row.length);
  const inverse = 1 / scale;
  for (let i = 0; i < row.length; i++) {
    const code = row[i]! * inverse + rounder - rounder;
    codes[i] = code > steps ? steps : code < -steps ? -steps : code;
  }
  const lowered = pairs ? lowerPairs(row, scale, codes, pairs) : false;
  let error = 0;
  for (let i = 0; i < row.length; i++) {
    const difference = row[i]! - scale * codes[i]!;
    error += difference * difference;
  }
  return { scale, zeroPoint: 0, codes, error, lowered };
}

/** The greatest sum of two neighbours of one sign, in units of the limit. */
function worstPair(codes: Int16Array, pairs: Pairs): number {
  let worst = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [codes[pairs[i]!]!, codes[pairs[i + 1]!]!];
    if (a * b > 0) worst = Math.max(worst, Math.abs(a + b));
  }
  return worst / pairLimit;
}

/** Lowers pairs of one sign to the limit, sharing the excess so that the squared error is least. True if anything changed. */
function lowerPairs(row: Float64Array, scale: number, codes: Int16Array, pairs: Pairs): boolean {
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

function asymmetricRow(row: Float64Array, on: Grid, least: number): Row & { freeError: number } {
  let low = 0;
  let high = 0;
  for (const weight of row) {
    if (weight < low) low = weight;
    if (weight > high) high = weight;
  }
  const widened = Math.max(1, least / Math.max((high - low) / (on.highest - on.lowest), smallestScale));
  const { scale, zeroPoint } = schemeForRange(low * widened, high * widened, on, false);
  const codes = new Int16Array(row.length);
  let error = 0;
  for (let i = 0; i < row.length; i++) {
    codes[i] = Math.max(on.lowest, Math.min(on.highest, roundHalfEven(row[i]! / scale) + zeroPoint)) - zeroPoint;
    error += (row[i]! - scale * codes[i]!) ** 2;
  }
  return { scale, zeroPoint, codes, error, lowered: false, freeError: error };
}

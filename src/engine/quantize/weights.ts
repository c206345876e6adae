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
  let signal = 0;
  for (let channel = 0; channel < rows.channels; channel++) {
    for (let i = 0; i < row.length; i++) row[i] = values[rows.offset(channel, i)]!;
    const least = options.leastScales?.[options.leastScales.length === 1 ? 0 : channel] ?? 0;
    const found = options.symmetric ? symmetricRow(row, on.highest - on.middle, least, options) : asymmetricRow(row, on, least);
    scales[channel] = found.scale;
    zeroPoints[channel] = options.symmetric ? on.middle : found.zeroPoint;
    for (let i = 0; i < row.length; i++) {
      data[rows.offset(channel, i)] = found.codes[i]! + zeroPoints[channel]!;
      noise += (row[i]! - found.scale * found.codes[i]!) ** 2;
      signal += row[i]! ** 2;
    }
  }
  return { type: options.type, data, scales, zeroPoints, axis: options.axis, noise, signal };
}

/** Codes relative to the zero point. */
interface Row {
  scale: number;
  zeroPoint: number;
  codes: Int16Array;
  error: number;
}

/** Factors of the largest weight's scale that are tried: below 1 they clip, above 1 they make room for neighbours' sums. */
const clippingFactors = [0.4, 0.5, 0.58, 0.65, 0.7, 0.75, 0.8, 0.84, 0.88, 0.91, 0.94, 0.97];
const wideningFactors = Array.from({ length: 30 }, (_, i) => 1.025 ** (i + 1));

function symmetricRow(row: Float64Array, steps: number, least: number, options: WeightOptions): Row {
  let largest = 0;
  for (const weight of row) largest = Math.max(largest, Math.abs(weight));
  const full = Math.fround(Math.max(largest / steps, largest === 0 ? 0 : smallestScale));
  if (full === 0) return { scale: least > 1 ? Math.fround(least) : 1, zeroPoint: 0, codes: new Int16Array(row.length), error: 0 };
  const pairs = options.pairs && 2 * steps > pairLimit ? options.pairs : undefined;
  const factors = options.range === 'mse' ? [1, ...clippingFactors] : [1];
  let best: Row | undefined;
  const attempt = (factor: number): boolean => {
    const scale = Math.max(Math.fround(full * factor), Math.fround(least));
    const codes = roundRow(row, scale, steps);
    const shrunk = pairs ? shrinkPairs(row, scale, codes, pairs) : false;
    let error = 0;
    for (let i = 0; i < row.length; i++) error += (row[i]! - scale * codes[i]!) ** 2;
    if (!best || error < best.error) best = { scale, zeroPoint: 0, codes, error };
    return shrunk;
  };
  let shrunk = false;
  for (const factor of factors) if (attempt(factor) && factor === 1) shrunk = true;
  // Wider scales lower the codes; once no pair is too large, more room only costs precision.
  for (const factor of wideningFactors) if (shrunk) shrunk = attempt(factor);
  return best!;
}

function roundRow(row: Float64Array, scale: number, steps: number): Int16Array {
  const codes = new Int16Array(row.length);
  for (let i = 0; i < row.length; i++) codes[i] = Math.max(-steps, Math.min(steps, roundHalfEven(row[i]! / scale)));
  return codes;
}

/**
 * Lowers pairs of one sign to the limit, sharing the excess so that the squared error is least. Places may be in two pairs: repeated
 * until all hold; every change lowers a magnitude, so it ends. True if anything changed.
 */
function shrinkPairs(row: Float64Array, scale: number, codes: Int16Array, pairs: Pairs): boolean {
  let changed = false;
  for (let again = true; again;) {
    again = false;
    for (let i = 0; i < pairs.length; i += 2) {
      const first = pairs[i]!;
      const second = pairs[i + 1]!;
      const a = codes[first]!;
      const b = codes[second]!;
      const excess = Math.abs(a + b) - pairLimit;
      if (a * b <= 0 || excess <= 0) continue;
      const sign = Math.sign(a);
      // Both end up equally far below their wish: d1 - d2 = r1 - r2 with d1 + d2 = excess, where r = code - wish.
      const over = sign * (a - row[first]! / scale - (b - row[second]! / scale));
      const share = Math.max(0, Math.min(excess, Math.round((excess + over) / 2), Math.abs(a)));
      codes[first] = a - sign * share;
      codes[second] = b - sign * (excess - share);
      changed = again = true;
    }
  }
  return changed;
}

function asymmetricRow(row: Float64Array, on: Grid, least: number): Row {
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
  return { scale, zeroPoint, codes, error };
}

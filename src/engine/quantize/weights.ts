import type { Positions } from './power-of-two/position.ts';
import { blockRows, rowsOf, type Blocks, type Rows } from './rows.ts';
import type { Pairs } from './saturation.ts';
import { emptyCodes, grid, type CodeArray, type CodeType } from './scheme.ts';
import { weightFormat, type WeightWidth } from './weight-format/index.ts';

export interface WeightOptions {
  /** Where codes are kept; packed types come when they are written (pack.ts). */
  readonly type: CodeType;
  /** 2 to 8, 16, or the name of a format. */
  readonly bits: WeightWidth;
  /** false: each row gets its own zero point. */
  readonly symmetric: boolean;
  /** Axis of output channels with a scale each; undefined: one scale for the tensor. */
  readonly axis: number | undefined;
  /** Scales for blocks of weights instead, each its own. */
  readonly blocks?: Blocks;
  /** `max`: the largest weight is representable. `mse`: the scale with the least squared error, which may clip a few weights. */
  readonly range: 'max' | 'mse';
  /** Neighbours whose int8 codes must not add up beyond what the kernels of every CPU can hold (saturation.ts). */
  readonly pairs?: Pairs;
  /** Least scale of a channel, so that its bias fits int32; one entry a channel of `axis`, or one. */
  readonly leastScales?: ArrayLike<number>;
  /** Scales are powers of two at these positions; undefined: any scale. */
  readonly positions?: Positions;
}

export interface QuantizedWeights {
  readonly type: CodeType;
  readonly bits: WeightWidth;
  readonly symmetric: boolean;
  /** In the tensor's own layout. */
  readonly data: CodeArray;
  /** One for each row: channel of `axis`, block in the order of `blockRows`, or one. Zero points likewise. */
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  readonly axis: number | undefined;
  readonly blocks?: Blocks;
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
 * An all-zero row gets scale 1 and zeros.
 */
export function quantizeWeights(values: ArrayLike<number>, dims: readonly number[], options: WeightOptions): QuantizedWeights {
  const { type, bits, symmetric, axis, blocks, range, pairs, positions } = options;
  const format = weightFormat(bits);
  const rows = rowsOfWeights(dims, options);
  const on = grid(type, format.gridBits, symmetric);
  const data = emptyCodes(type, values.length);
  const scales = new Float32Array(rows.channels);
  const zeroPoints = new Int32Array(rows.channels);
  const buffer = new Float64Array(rows.length);
  let noise = 0;
  let freeNoise = 0;
  let signal = 0;
  for (let channel = 0; channel < rows.channels; channel++) {
    const row = buffer.subarray(0, rows.lengthOf(channel));
    for (let i = 0; i < row.length; i++) row[i] = values[rows.offset(channel, i)]!;
    const least = options.leastScales?.[options.leastScales.length === 1 ? 0 : channel] ?? 0;
    const found = format.round({ row, on, symmetric, range, pairs, positions, least });
    scales[channel] = found.scale;
    zeroPoints[channel] = symmetric ? on.middle : found.zeroPoint;
    for (let i = 0; i < row.length; i++) {
      data[rows.offset(channel, i)] = found.codes[i]! + zeroPoints[channel]!;
      signal += row[i]! * row[i]!;
    }
    noise += found.error;
    freeNoise += found.freeError;
  }
  return { type, bits, symmetric, data, scales, zeroPoints, axis, ...(blocks ? { blocks } : {}), noise, signal, freeNoise };
}

/** Which weights share a scale. */
export const rowsOfWeights = (dims: readonly number[], { axis, blocks }: Pick<QuantizedWeights, 'axis' | 'blocks'>): Rows =>
  blocks ? blockRows(dims, blocks) : rowsOf(dims, axis);

/** The real numbers that the codes stand for, in the tensor's layout. */
export function dequantizedWeights(weights: QuantizedWeights, dims: readonly number[]): Float64Array {
  const rows = rowsOfWeights(dims, weights);
  const real = new Float64Array(weights.data.length);
  for (let channel = 0; channel < rows.channels; channel++) {
    const [scale, zeroPoint] = [weights.scales[channel]!, weights.zeroPoints[channel]!];
    for (let i = 0; i < rows.lengthOf(channel); i++) {
      const at = rows.offset(channel, i);
      real[at] = scale * (weights.data[at]! - zeroPoint);
    }
  }
  return real;
}

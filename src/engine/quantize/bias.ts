import { roundHalfEven } from './scheme.ts';

/** Codes of a bias stay below this, a quarter of int32's range: the rest is for the sum of products it is added to. */
const largestCode = 2 ** 29;

/**
 * The least scale each weight channel must have so that its bias, stored as int32 with scale = input scale * weight scale, fits.
 * Channels of tiny weights under a large bias (dead channels after folding) would overflow otherwise.
 */
export function leastScalesForBias(bias: ArrayLike<number>, inputScale: number): Float64Array {
  return Float64Array.from(bias, (value) => Math.abs(value) / (inputScale * largestCode));
}

export interface QuantizedBias {
  readonly data: Int32Array;
  /** input scale * weight scale, rounded to float32 as the kernels do; one a channel, or one. */
  readonly scales: Float32Array;
}

/** `weightScales` has one entry, or one for each element of `bias`. */
export function quantizeBias(bias: ArrayLike<number>, inputScale: number, weightScales: Float32Array): QuantizedBias {
  const scales = Float32Array.from(weightScales, (scale) => inputScale * scale);
  const data = Int32Array.from(bias, (value, channel) => roundHalfEven(value / scales[scales.length === 1 ? 0 : channel]!));
  return { data, scales };
}

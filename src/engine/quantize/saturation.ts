/**
 * ONNX Runtime's u8 × s8 kernels on x64 CPUs without VNNI multiply with VPMADDUBSW: two neighbouring products along the sum's
 * length K are added in a saturating int16 before they are widened. Weights as int8 are exact there if and only if no pair can
 * pass that limit. Activations reach the kernel as raw uint8 codes (int8 ones with 128 added), the zero point's share being subtracted
 * afterwards, so the limit does not depend on scales or on the data: with a <= 255, two weights of one sign are safe up to
 * |w0| + |w1| = 128, and weights of opposite signs always.
 */

/** Greatest sum of two neighbouring weights of one sign that cannot saturate: 255 * 128 = 32640 <= 32767, 255 * 129 is beyond. */
export const pairLimit = 128;

/** A pair of places in one output channel's weights. */
export type Pairs = Uint32Array;

/**
 * Places (2 i, 2 i + 1 of the result) that the kernels add together, as indices into one output channel's weights of shape
 * [channels, ...kernel] flattened. ONNX Runtime orders a convolution's sum by kernel position, then channel (it works on NHWC
 * copies); MLAS' direct kernels take the channels of each position in groups of four. For an even number of channels both agree.
 */
export function convolutionPairs(channels: number, positions: number): Pairs {
  const pairs: number[] = [];
  const index = (k: number): number => (k % channels) * positions + Math.floor(k / channels);
  for (let k = 0; k + 1 < channels * positions; k += 2) pairs.push(index(k), index(k + 1));
  if (channels % 2 === 1) {
    for (let position = 0; position < positions; position++) {
      for (let c = 0; c + 1 < channels; c += 2) pairs.push(c * positions + position, (c + 1) * positions + position);
    }
  }
  return Uint32Array.from(pairs);
}

/** Pairs of a matrix product: rows 2 i and 2 i + 1 of each of `batches` matrices of `depth` rows. */
export function matrixPairs(depth: number, batches = 1): Pairs {
  const pairs: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let k = 0; k + 1 < depth; k += 2) pairs.push(batch * depth + k, batch * depth + k + 1);
  }
  return Uint32Array.from(pairs);
}

/** How far the worst pair of a channel's int8 weights is from safe: 1 or less cannot saturate. */
export function pairExcess(weights: ArrayLike<number>, pairs: Pairs): number {
  let worst = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const a = weights[pairs[i]!]!;
    const b = weights[pairs[i + 1]!]!;
    worst = Math.max(worst, Math.max(a, 0) + Math.max(b, 0), Math.max(-a, 0) + Math.max(-b, 0));
  }
  return worst / pairLimit;
}

/** Exactly what the kernel computes: neighbours multiplied, added with saturation to int16, then summed in int32. */
export function saturatingDot(activations: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < activations.length; k += 2) {
    const second = k + 1 < activations.length ? activations[k + 1]! * weights[k + 1]! : 0;
    sum += Math.max(-32768, Math.min(32767, activations[k]! * weights[k]! + second));
  }
  return sum | 0;
}

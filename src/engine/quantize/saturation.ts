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
 * [channels, ...kernel] flattened. ONNX Runtime works on NHWC copies, so a convolution's sum runs over kernel positions, and over channels
 * within each; an odd number of channels makes pairs across positions. (Measured with test/bench/avx2/probe-pairs.ts.)
 */
export function convolutionPairs(channels: number, positions: number): Pairs {
  const index = (k: number): number => (k % channels) * positions + Math.floor(k / channels);
  return Uint32Array.from({ length: 2 * Math.floor((channels * positions) / 2) }, (_, k) => index(k));
}

/** Pairs of a matrix product: rows 2 i and 2 i + 1 of each of `batches` matrices of `depth` rows. */
export function matrixPairs(depth: number, batches = 1): Pairs {
  const pairs: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let k = 0; k + 1 < depth; k += 2) pairs.push(batch * depth + k, batch * depth + k + 1);
  }
  return Uint32Array.from(pairs);
}

/**
 * Exactly what a kernel without VNNI computes for one output before the zero points' share is taken off: neighbours multiplied, added
 * with saturation to int16, then summed in int32. Activations are uint8 codes, weights int8 codes, in the weights' order.
 */
export function saturatingDot(activations: ArrayLike<number>, weights: ArrayLike<number>, pairs: Pairs): number {
  let sum = 0;
  const paired = new Uint8Array(activations.length);
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [pairs[i]!, pairs[i + 1]!];
    paired[a] = paired[b] = 1;
    sum += Math.max(-32768, Math.min(32767, activations[a]! * weights[a]! + activations[b]! * weights[b]!));
  }
  for (let k = 0; k < activations.length; k++) if (!paired[k]) sum += activations[k]! * weights[k]!;
  return sum | 0;
}

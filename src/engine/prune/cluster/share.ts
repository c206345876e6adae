import { kMeans } from './k-means.ts';

/** A tensor whose weights have few different values. */
export interface SharedWeights {
  readonly values: Float32Array;
  /** How many there are. */
  readonly codebook: number;
  /** Sum of squared differences from the weights before, over the sum of their squares. */
  readonly error: number;
}

/**
 * Replaces weights by the centre of their cluster (Han et al., Deep Compression, arXiv:1510.00149, section 3). Weights that are zero stay so: where there are any,
 * zero is one of the `count` values. Signed zeros count as zero; weights must be finite.
 */
export function shareWeights(weights: Float32Array, count: number): SharedWeights {
  const others = weights.filter((weight) => weight !== 0).sort();
  const room = count - Number(others.length < weights.length);
  const { centres, ends } = others.length ? kMeans(others, Math.max(1, room)) : { centres: new Float64Array(0), ends: new Uint32Array(0) };
  const limits = Float32Array.from(ends, (end) => others[end - 1]!);
  const values = new Float32Array(weights.length);
  let [noise, power] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    const value = Math.fround(centres[runOf(limits, weight)]!);
    values[i] = value;
    noise += (value - weight) ** 2;
    power += weight ** 2;
  }
  return { values, codebook: centres.length + Number(others.length < weights.length), error: power > 0 ? noise / power : 0 };
}

/** The first run whose largest value is not below `weight`. */
function runOf(limits: Float32Array, weight: number): number {
  let [low, high] = [0, limits.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (limits[middle]! < weight) low = middle + 1;
    else high = middle;
  }
  return low;
}

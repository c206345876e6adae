import type { Random } from '../base/random.ts';

export type Interval = [low: number, high: number];

/** Standard normal quantile of a two-sided 95 % interval. */
const z = 1.959964;

/** Wilson's score interval (1927) for `count` of `samples`, as shares from 0 to 1. */
export function wilson(count: number, samples: number): Interval {
  if (samples === 0) return [0, 1];
  const share = count / samples;
  const middle = (share + (z * z) / (2 * samples)) / (1 + (z * z) / samples);
  const half = (z / (1 + (z * z) / samples)) * Math.sqrt((share * (1 - share)) / samples + (z * z) / (4 * samples * samples));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * Difference of two shares on the same samples, and its interval: `gained` samples only the first has right, `lost` only the second.
 * Adjusted Wald interval for matched pairs: half a sample is added to each of the four counts (Agresti and Min, 2005).
 */
export function pairedShares(gained: number, lost: number, samples: number): { value: number; confidence: Interval } {
  const n = samples + 2;
  const [b, c] = [gained + 0.5, lost + 0.5];
  const middle = (b - c) / n;
  const half = (z * Math.sqrt(b + c - (b - c) ** 2 / n)) / n;
  return { value: samples === 0 ? 0 : (gained - lost) / samples, confidence: [Math.max(-1, middle - half), Math.min(1, middle + half)] };
}

/** Two-sided 95 % quantile of Student's t (Cornish-Fisher expansion, within 1 % from 4 degrees of freedom on; below, exact values). */
function studentQuantile(freedom: number): number {
  const exact = [Infinity, 12.7062, 4.3027, 3.1824];
  if (freedom < exact.length) return exact[freedom]!;
  const terms = [(z ** 3 + z) / 4, (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96, (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384];
  return terms.reduce((sum, term, i) => sum + term / freedom ** (i + 1), z);
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and Student's interval. Infinite values (a perfect picture has no error) make the interval unbounded. */
export function meanInterval(values: readonly number[]): { value: number; confidence: Interval } {
  const value = mean(values);
  if (values.length < 2 || !Number.isFinite(value)) return { value, confidence: [-Infinity, Infinity] };
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1);
  const half = studentQuantile(values.length - 1) * Math.sqrt(variance / values.length);
  return { value, confidence: [value - half, value + half] };
}

/** Resamples of a bootstrap: enough for two digits of an interval. */
const resamples = 400;

/** Percentile bootstrap over samples (Efron, 1979): `statistic` gets positions 0 to `samples` - 1, drawn with replacement. */
export function bootstrap(samples: number, statistic: (positions: readonly number[]) => number, random: Random): Interval {
  const values = Array.from({ length: resamples }, () => statistic(Array.from({ length: samples }, () => random.integer(samples))));
  values.sort((a, b) => a - b);
  return [values[Math.floor(0.025 * resamples)]!, values[Math.ceil(0.975 * resamples) - 1]!];
}

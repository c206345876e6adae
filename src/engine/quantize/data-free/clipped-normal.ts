/** Density of the standard normal distribution. */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/**
 * Probability that a standard normal number lies below `x`, to 1e-7 relative, far tails included: erfc by Chebyshev fit (Press et al., Numerical
 * Recipes, section 6.2).
 */
export function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const fit = [1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  const polynomial = fit.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = 0.5 * t * Math.exp(-z * z - 1.26551223 + t * polynomial);
  return x < 0 ? tail : 1 - tail;
}

/** One channel: a normal distribution, everything below `low` and above `high` moved to those bounds (which may be infinite). */
export interface ClippedNormal {
  readonly center: number;
  readonly spread: number;
  readonly low: number;
  readonly high: number;
  /** Where it stays, when several channels were put together: six of their common deviation may be less than the widest one needs. */
  readonly range?: { readonly low: number; readonly high: number };
}

/**
 * Mean and standard deviation of a clipped normal distribution, in closed form (arXiv:1906.04721, section 4.2.1 and appendix C, with a bound on
 * both sides): with a, b the standardized bounds, phi and Phi density and distribution,
 * E = low Phi(a) + high (1 - Phi(b)) + m (Phi(b) - Phi(a)) + s (phi(a) - phi(b)).
 */
export function clippedMoments({ center, spread, low, high }: ClippedNormal): { mean: number; deviation: number } {
  if (!(spread > 0)) return { mean: Math.min(high, Math.max(low, center)), deviation: 0 };
  const [a, b] = [(low - center) / spread, (high - center) / spread];
  const [below, inside, above] = [normalBelow(a), normalBelow(b) - normalBelow(a), normalBelow(-b)];
  const [atLow, atHigh] = [normalDensity(a), normalDensity(b)];
  // Distances from the center, so that large centers cost no precision; infinite bounds are reached with probability 0.
  const at = (bound: number, probability: number): number => (probability === 0 || !Number.isFinite(bound) ? 0 : bound);
  const [toLow, toHigh] = [at(low - center, below), at(high - center, above)];
  const first = toLow * below + toHigh * above + spread * (atLow - atHigh);
  const edge = (bound: number, density: number): number => (Number.isFinite(bound) ? bound * density : 0);
  const second = toLow ** 2 * below + toHigh ** 2 * above + spread ** 2 * (inside + edge(a, atLow) - edge(b, atHigh));
  return { mean: center + first, deviation: Math.sqrt(Math.max(0, second - first ** 2)) };
}

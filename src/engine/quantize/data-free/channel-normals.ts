import { rangeDeviations } from '../rewrites/channel-ranges.ts';
import { clippedMoments, normalBelow, type ClippedNormal } from './clipped-normal.ts';

/** The distribution of each channel (axis 1) of a value; a single one where channels are not told apart. */
export type ChannelNormals = readonly ClippedNormal[];

/** Where a channel stays: within six deviations, and its bounds (arXiv:1906.04721, section 5.1.1). */
export const rangeOfNormal = ({ center, spread, low, high, range }: ClippedNormal): { low: number; high: number } => {
  if (range) return range;
  const inside = (value: number): number => Math.min(high, Math.max(low, value));
  return { low: inside(center - rangeDeviations * spread), high: inside(center + rangeDeviations * spread) };
};

/** Moves the bounds of a distribution inwards: what ReLU and Clip do. */
export const clipped = (normal: ClippedNormal, low: number, high: number): ClippedNormal => {
  const inside = (value: number): number => Math.min(high, Math.max(low, value));
  const range = normal.range && { low: inside(normal.range.low), high: inside(normal.range.high) };
  return { ...normal, low: inside(normal.low), high: inside(normal.high), ...(range ? { range } : {}) };
};

/** The distribution of f(x), by its moments on a grid of x; it stays between the least and the greatest f within x's range. */
export function mapped(normal: ClippedNormal, f: (x: number) => number): ClippedNormal {
  const range = rangeOfNormal(normal);
  if (!(range.high > range.low)) {
    const value = f(range.low);
    return { center: value, spread: 0, low: value, high: value };
  }
  let [weights, sum, squares] = [0, 0, 0];
  for (let step = 0; step <= gridSteps; step++) {
    const z = rangeDeviations * ((2 * step) / gridSteps - 1);
    const weight = Math.exp(-0.5 * z * z);
    const value = f(Math.min(normal.high, Math.max(normal.low, normal.center + z * normal.spread)));
    weights += weight;
    sum += weight * value;
    squares += weight * value * value;
  }
  const values = Array.from({ length: gridSteps + 1 }, (_, step) => f(range.low + ((range.high - range.low) * step) / gridSteps));
  const mean = sum / weights;
  const spread = Math.sqrt(Math.max(0, squares / weights - mean ** 2));
  return { center: mean, spread, low: Math.min(...values), high: Math.max(...values) };
}

const gridSteps = 240;

/** A distribution of given mean and deviation that cannot leave the bounds. */
export const bounded = (mean: number, deviation: number, low: number, high: number): ClippedNormal => ({
  center: mean,
  spread: deviation,
  low,
  high,
});

/** Where all channels stay. */
export function rangeOfAll(normals: ChannelNormals): { low: number; high: number } {
  const ranges = normals.map(rangeOfNormal);
  return {
    low: ranges.reduce((least, { low }) => Math.min(least, low), Infinity),
    high: ranges.reduce((most, { high }) => Math.max(most, high), -Infinity),
  };
}

/** All channels as one distribution. */
export function pooled(normals: ChannelNormals): ClippedNormal {
  if (normals.length === 1) return normals[0]!;
  const moments = normals.map(clippedMoments);
  const mean = moments.reduce((sum, each) => sum + each.mean, 0) / normals.length;
  const variance = moments.reduce((sum, each) => sum + each.deviation ** 2 + (each.mean - mean) ** 2, 0) / normals.length;
  const range = rangeOfAll(normals);
  return { ...bounded(mean, Math.sqrt(variance), range.low, range.high), range };
}

/** Combines two values channel by channel; a single channel goes with every other. */
export function combined(a: ChannelNormals, b: ChannelNormals, f: (a: ClippedNormal, b: ClippedNormal) => ClippedNormal): ChannelNormals {
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) return [f(pooled(a), pooled(b))];
  const pick = (from: ChannelNormals, channel: number): ClippedNormal => from[from.length === 1 ? 0 : channel]!;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, channel) => f(pick(a, channel), pick(b, channel)));
}

/** Means add, and variances as of independent numbers (arXiv:1906.04721, appendix C on residual sums). */
export function added(a: ClippedNormal, b: ClippedNormal): ClippedNormal {
  const [first, second] = [clippedMoments(a), clippedMoments(b)];
  const [one, other] = [rangeOfNormal(a), rangeOfNormal(b)];
  return bounded(first.mean + second.mean, Math.hypot(first.deviation, second.deviation), one.low + other.low, one.high + other.high);
}

export function negated(normal: ClippedNormal): ClippedNormal {
  const flipped = ({ low, high }: { low: number; high: number }): { low: number; high: number } => ({ low: -high, high: -low });
  return { center: -normal.center, spread: normal.spread, ...flipped(normal), range: flipped(rangeOfNormal(normal)) };
}

/** The product of independent numbers. */
export function multiplied(a: ClippedNormal, b: ClippedNormal): ClippedNormal {
  const [first, second] = [clippedMoments(a), clippedMoments(b)];
  const [one, other] = [rangeOfNormal(a), rangeOfNormal(b)];
  const corners = [one.low * other.low, one.low * other.high, one.high * other.low, one.high * other.high];
  const variance = (first.deviation * second.deviation) ** 2 + (first.deviation * second.mean) ** 2 + (second.deviation * first.mean) ** 2;
  return bounded(first.mean * second.mean, Math.sqrt(variance), Math.min(...corners), Math.max(...corners));
}

/** Numbers spread as the channels are, for a histogram: equally likely ones of each, and the ends of its range. */
export function typicalNumbers(normals: ChannelNormals): Float32Array {
  const numbers = normals.flatMap((normal) => {
    const { center, spread, low, high } = normal;
    const ends = rangeOfNormal(normal);
    return [ends.low, ends.high, ...quantiles.map((z) => Math.min(high, Math.max(low, center + spread * z)))];
  });
  return Float32Array.from(numbers);
}

/** The middles of equally likely parts of the standard normal distribution, by bisection. */
const quantiles = Array.from({ length: 255 }, (_, i) => {
  const wanted = (i + 0.5) / 255;
  let [low, high] = [-8, 8];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
});

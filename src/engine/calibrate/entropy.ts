import { Type } from '@sinclair/typebox';
import type { Bins } from './bins.ts';
import type { RangeEstimator } from './estimator.ts';
import { searchRange, type Grid } from './grid.ts';
import { histogramOf } from './statistic-of.ts';

/** Of fewer elements than there are bins no distribution can be told: gaps between them would count as empty cells. */
const leastElements = 4096;

const parameters = Type.Object({}, { additionalProperties: false });

/**
 * The range whose quantized distribution diverges least from the one seen (Kullback-Leibler), as TensorRT introduced it, with two
 * things put right: the reference is finer than the integers (thousands of bins against 256 levels; with equal numbers, as in ONNX
 * Runtime's default, nothing is ever clipped), and cells are those of the real grid, with zero as one of its codes.
 */
export const entropy: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'entropy',
    summary: 'The range whose quantized distribution diverges least from the original one (Kullback-Leibler).',
    source: 'Migacz 2017, 8-bit Inference with TensorRT, GTC',
    parameters,
  },
  needs: 'histogram',
  estimate(statistic, levels) {
    const histogram = histogramOf(statistic);
    if (!(histogram.low <= histogram.high)) return { low: 0, high: 0 };
    const { low, high, width, first } = histogram;
    if (histogram.total < leastElements) return { low, high };
    const bins = { width, first, counts: withoutZeroSpike(histogram) };
    return searchRange({ low, high }, levels, (grid) => divergence(bins, grid));
  },
};

/**
 * Exact zeros, which ReLU and padding make in masses, are represented exactly on every grid and say nothing about it; in the
 * distribution they would hide all else. The bin of zero gets its fuller neighbour's count instead (TensorRT does the same).
 */
function withoutZeroSpike({ first, counts }: Bins): Float64Array {
  const zero = -first;
  if (zero < 0 || zero >= counts.length || counts.length < 2) return counts;
  const levelled = counts.slice();
  levelled[zero] = Math.min(counts[zero]!, Math.max(counts[zero - 1] ?? 0, counts[zero + 1] ?? 0));
  return levelled;
}

/**
 * KL(P || Q). P: the counts, those that the grid clips added to the outermost bins it reaches. Q: the counts within the grid,
 * each cell's sum spread evenly over its bins that hold something. Both normalized to 1. Infinity when the grid reaches no data.
 */
export function divergence({ width, first, counts }: Bins, { step, lowest, highest }: Grid): number {
  const cellOf = (i: number): number => Math.round(((first + i + 0.5) * width) / step);
  let from = 0;
  let to = counts.length - 1;
  let clippedLow = 0;
  let clippedHigh = 0;
  while (from <= to && (counts[from] === 0 || cellOf(from) < lowest)) clippedLow += counts[from++]!;
  while (to >= from && (counts[to] === 0 || cellOf(to) > highest)) clippedHigh += counts[to--]!;
  let inside = 0;
  for (let i = from; i <= to; i++) inside += counts[i]!;
  if (inside === 0) return Infinity;
  const total = inside + clippedLow + clippedHigh;
  let sum = 0;
  for (let start = from; start <= to;) {
    const cell = cellOf(start);
    let end = start;
    let mass = 0;
    let occupied = 0;
    for (; end <= to && cellOf(end) === cell; end++) {
      mass += counts[end]!;
      if (counts[end]! > 0) occupied++;
    }
    const q = mass / occupied / inside;
    for (let i = start; i < end; i++) {
      const p = (counts[i]! + (i === from ? clippedLow : 0) + (i === to ? clippedHigh : 0)) / total;
      if (p > 0) sum += p * Math.log(p / q);
    }
    start = end;
  }
  return sum;
}

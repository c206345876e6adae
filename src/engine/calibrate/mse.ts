import { Type } from '@sinclair/typebox';
import type { Bins } from './bins.ts';
import type { RangeEstimator } from './estimator.ts';
import { searchRange, type Grid } from './grid.ts';
import { histogramOf } from './statistic-of.ts';

const parameters = Type.Object({}, { additionalProperties: false });

/** The range with the least mean squared difference between the values and what the integers stand for, rounding and clipping together. */
export const mse: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'mse',
    summary: 'The range with the least squared error: weighs finer steps for the many against clipping the few.',
    source: 'Nagel et al. 2021, A White Paper on Neural Network Quantization, §3.1',
    parameters,
  },
  needs: 'histogram',
  estimate(statistic, levels) {
    const histogram = histogramOf(statistic);
    if (!(histogram.low <= histogram.high)) return { low: 0, high: 0 };
    const { low, high, width, first, counts } = histogram;
    const bins = { width, first, counts };
    return searchRange({ low, high }, levels, (grid) => squaredError(bins, grid));
  },
};

/** Sum of squared quantization errors, taking the elements of a bin as spread evenly over it. */
export function squaredError({ width, first, counts }: Bins, grid: Grid): number {
  let sum = 0;
  for (let i = 0, right = NaN; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    const left = i > 0 && counts[i - 1]! > 0 ? right : integral((first + i) * width, grid);
    right = integral((first + i + 1) * width, grid);
    sum += counts[i]! * (right - left);
  }
  return sum / width;
}

/** Antiderivative of (x - Q(x))^2: a cubic around every code, step^3 / 12 for each whole step, a plain cubic where Q clips. */
function integral(x: number, { step, lowest, highest }: Grid): number {
  const code = Math.max(lowest, Math.min(highest, Math.round(x / step)));
  const rest = x - code * step;
  return (code * step * step * step) / 12 + (rest * rest * rest) / 3;
}

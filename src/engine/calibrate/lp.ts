import { Type } from '@sinclair/typebox';
import type { Bins } from './bins.ts';
import type { RangeEstimator } from './estimator.ts';
import { searchRange, type Grid } from './grid.ts';
import { histogramOf } from './statistic-of.ts';

const parameters = Type.Object(
  {
    norm: Type.Number({
      default: 2.4,
      minimum: 1,
      maximum: 8,
      description: 'Power of the errors that are added up: above 2, clipping a large value costs more.',
      source: 'Li et al. 2021, BRECQ, arXiv:2102.05426, code: lp_loss with p = 2.4 for scales',
    }),
  },
  { additionalProperties: false },
);

/** The range with the least sum of a power of the differences between the values and what the integers stand for. */
export const lp: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'lp',
    summary: 'The range with the least error in a norm of choice: like mse, with more or less weight on clipped values.',
    source: 'Li et al. 2021, BRECQ, arXiv:2102.05426 (code)',
    parameters,
  },
  needs: 'histogram',
  estimate(statistic, levels, { norm }) {
    const histogram = histogramOf(statistic);
    if (!(histogram.low <= histogram.high)) return { low: 0, high: 0 };
    const { low, high, width, first, counts } = histogram;
    const bins = { width, first, counts };
    return searchRange({ low, high }, levels, (grid) => errorInNorm(bins, grid, norm));
  },
};

/** Sum of |quantization error|^norm, taking the elements of a bin as spread evenly over it. */
export function errorInNorm({ width, first, counts }: Bins, grid: Grid, norm: number): number {
  let sum = 0;
  for (let i = 0, right = NaN; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    const left = i > 0 && counts[i - 1]! > 0 ? right : integral((first + i) * width, grid, norm);
    right = integral((first + i + 1) * width, grid, norm);
    sum += counts[i]! * (right - left);
  }
  return sum / width;
}

/** Antiderivative of |x - Q(x)|^p: 2 (step / 2)^(p + 1) / (p + 1) for each whole step, |rest|^(p + 1) / (p + 1) beside a code. */
function integral(x: number, { step, lowest, highest }: Grid, norm: number): number {
  const code = Math.max(lowest, Math.min(highest, Math.round(x / step)));
  const rest = x - code * step;
  return (2 * code * (step / 2) ** (norm + 1) + Math.sign(rest) * Math.abs(rest) ** (norm + 1)) / (norm + 1);
}

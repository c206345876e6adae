import { Type } from '@sinclair/typebox';
import type { Range, RangeEstimator } from './estimator.ts';
import { gridFor } from './grid.ts';
import { squaredError } from './mse.ts';
import { percentileRange } from './percentile.ts';
import { histogramOf } from './statistic-of.ts';

const parameters = Type.Object(
  {
    percentiles: Type.Array(Type.Number({ minimum: 50, maximum: 100 }), {
      default: [95, 98, 99, 99.5, 99.9, 99.99, 99.999, 100],
      minItems: 1,
      maxItems: 32,
      unit: '%',
      description: 'Shares of all elements to choose from. Fewer bits want smaller ones.',
    }),
  },
  { additionalProperties: false },
);

/** Of the ranges that keep the listed shares of the elements the one with the least squared error; of equal ones the first. */
export const percentileSearch: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'percentile-search',
    summary: 'For each layer the percentile, of a list, that has the least squared error.',
    source: 'Li et al. 2023, RepQ-ViT, arXiv:2212.08254 (code: the percentile of least error for each layer)',
    parameters,
  },
  needs: 'histogram',
  estimate(statistic, levels, { percentiles }) {
    const histogram = histogramOf(statistic);
    if (!(histogram.low <= histogram.high)) return { low: 0, high: 0 };
    const { low, high, width, first, counts } = histogram;
    // Stays where every percentile is nothing but zero.
    let best: Range = { low, high };
    let least = Infinity;
    for (const kept of percentiles) {
      const range = percentileRange(histogram, levels.symmetric, kept);
      const grid = gridFor(range, levels);
      const error = grid ? squaredError({ width, first, counts }, grid) : Infinity;
      if (error < least) [best, least] = [range, error];
    }
    return best;
  },
};

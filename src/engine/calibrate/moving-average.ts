import { Type } from '@sinclair/typebox';
import type { RangeEstimator } from './estimator.ts';
import { picturesOf } from './statistic-of.ts';

const parameters = Type.Object(
  {
    momentum: Type.Number({
      default: 0.01,
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Share of the newest picture in the average; the older ones keep the rest.',
      source: 'torch.ao.quantization MovingAverageMinMaxObserver, averaging_constant',
    }),
  },
  { additionalProperties: false },
);

/**
 * Exponential average of each picture's least and greatest value, in the dataset's order: r <- (1 - m) r + m r_i. Unlike torch's
 * observer it starts at zero and is divided by 1 - (1 - m)^n (as Adam does), so the first picture weighs no more than its share.
 */
export const movingAverage: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'moving-average',
    summary: 'Average of the range of each picture; a single odd picture hardly counts.',
    source: 'Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, §3.1',
    parameters,
  },
  needs: 'pictures',
  estimate(statistic, _, { momentum }) {
    const { pictures } = picturesOf(statistic);
    if (pictures.length === 0) return { low: 0, high: 0 };
    let low = 0;
    let high = 0;
    let weight = 0;
    for (const picture of pictures) {
      low += momentum * (picture.low - low);
      high += momentum * (picture.high - high);
      weight += momentum * (1 - weight);
    }
    // Rounding must not carry the average of equal numbers beyond them.
    const inside = (value: number): number => Math.max(statistic.low, Math.min(statistic.high, value));
    return { low: inside(low / weight), high: inside(high / weight) };
  },
};

import { Type } from '@sinclair/typebox';
import type { Histogram } from '../statistics/histogram.ts';
import type { Range, RangeEstimator } from './estimator.ts';
import { foldedBins, type Bins } from './bins.ts';
import { histogramOf } from './statistic-of.ts';

const parameters = Type.Object(
  {
    percentile: Type.Number({
      default: 99.999,
      minimum: 50,
      maximum: 100,
      unit: '%',
      description: 'Share of all elements that the range keeps; the rest is clipped, half of it at each end.',
      source: 'ONNX Runtime, quantization.calibrate.PercentileCalibrater',
    }),
  },
  { additionalProperties: false },
);

/** Keeps the given share of all elements: of the magnitudes where the range is symmetric, else of the values, cut alike at both ends. */
export const percentile: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'percentile',
    summary: 'Keeps the given share of all elements and clips the rest.',
    source: 'Wu et al. 2020, Integer Quantization for Deep Learning Inference, §4.1',
    parameters,
  },
  needs: 'histogram',
  estimate: (statistic, { symmetric }, { percentile: kept }) => percentileRange(histogramOf(statistic), symmetric, kept),
};

/** The range that keeps `kept` per cent of the elements; 0..0 without any. */
export function percentileRange(histogram: Histogram, symmetric: boolean, kept: number): Range {
  if (!(histogram.low <= histogram.high)) return { low: 0, high: 0 };
  if (symmetric) {
    const limit = quantile(foldedBins(histogram), kept / 100);
    return { low: Math.max(Math.min(0, histogram.low), -limit), high: Math.min(Math.max(0, histogram.high), limit) };
  }
  const cut = (100 - kept) / 200;
  const inside = (value: number): number => Math.max(histogram.low, Math.min(histogram.high, value));
  return { low: inside(quantile(histogram, cut)), high: inside(quantile(histogram, 1 - cut)) };
}

/** The value below which the given share of the elements lies, straight lines within a bin. */
function quantile({ width, first, counts }: Bins, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const wanted = share * total;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count > 0 && below + count >= wanted) return (first + i + (wanted - below) / count) * width;
    below += count;
  }
  return (first + counts.length) * width;
}

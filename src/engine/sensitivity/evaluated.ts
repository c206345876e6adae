import type { Metric } from '../evaluate/metric.ts';
import type { Measure } from './metric.ts';

/** A metric of the evaluation as a measure of sensitivity. */
export const evaluated = (metric: Metric): Measure => ({
  name: metric.name,
  unit: metric.unit,
  better: metric.better,
  row: (sample, reference, found, setting) => metric.row(sample, found, setting, reference),
  summarize: (rows, setting) => ({ value: metric.summarize(rows, setting).value }),
  difference: (first, second, setting) => metric.difference(first, second, setting),
});

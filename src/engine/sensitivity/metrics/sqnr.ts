import { errorSums, isEqual, totals, type ErrorSums } from '../error-sums.ts';
import { always, type Measure, type SensitivityMetric } from '../metric.ts';

const measure: Measure<readonly ErrorSums[]> = {
  name: 'sqnr',
  unit: 'dB',
  better: 'high',
  row: (_, reference, found) => errorSums(reference, found),
  summarize(rows) {
    const sums = totals(rows);
    if (isEqual(sums)) return { value: null, equal: true };
    const shares = sums.map(([signal, , , noise]) => (noise === 0 ? 0 : noise / signal));
    return { value: -10 * Math.log10(shares.reduce((sum, share) => sum + share, 0) / shares.length) };
  },
};

/**
 * 10 log10(signal / noise), both summed over all elements and pictures. Of several outputs the shares of noise are averaged before the
 * logarithm: each counts the same, whatever its unit and size.
 */
export const sqnr: SensitivityMetric = {
  name: 'sqnr',
  summary: 'Signal-to-quantization-noise ratio against the float model; of several outputs the mean of the shares of noise.',
  of: 'tensors',
  ...always(measure as Measure),
};

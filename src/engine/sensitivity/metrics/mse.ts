import { errorSums, totals, type ErrorSums } from '../error-sums.ts';
import { always, type Measure, type SensitivityMetric } from '../metric.ts';

const measure: Measure<readonly ErrorSums[]> = {
  name: 'mse',
  unit: '',
  better: 'low',
  row: (_, reference, found) => errorSums(reference, found),
  summarize(rows) {
    const sums = totals(rows);
    const elements = sums.reduce((sum, [, , , , count]) => sum + count, 0);
    return { value: elements === 0 ? 0 : sums.reduce((sum, [, , , noise]) => sum + noise, 0) / elements };
  },
};

/** Mean squared difference over the elements of all outputs, in their own unit squared. */
export const mse: SensitivityMetric = {
  name: 'mse',
  summary: 'Mean squared difference to the float model, over the elements of all outputs.',
  of: 'tensors',
  ...always(measure as Measure),
};

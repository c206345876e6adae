import { errorSums, totals, type ErrorSums } from '../error-sums.ts';
import { always, type Measure, type SensitivityMetric } from '../metric.ts';

const measure: Measure<readonly ErrorSums[]> = {
  name: 'cosine',
  unit: '',
  better: 'high',
  row: (_, reference, found) => errorSums(reference, found),
  summarize(rows) {
    const angles = totals(rows).map(([signal, other, product, noise]) => {
      if (noise === 0) return 1;
      const norms = Math.sqrt(signal) * Math.sqrt(other);
      return norms === 0 ? 0 : product / norms;
    });
    return { value: angles.length === 0 ? 1 : angles.reduce((sum, angle) => sum + angle, 0) / angles.length };
  },
};

/** Cosine of the angle between both models' outputs, all pictures as one vector; of several outputs the mean. */
export const cosine: SensitivityMetric = {
  name: 'cosine',
  summary: 'Cosine similarity to the float model; of several outputs the mean.',
  of: 'tensors',
  ...always(measure as Measure),
};

import { agreement as evaluatedAgreement } from '../../evaluate/metrics/agreement.ts';
import type { Metric } from '../../evaluate/metric.ts';
import { evaluated } from '../evaluated.ts';
import { always, type SensitivityMetric } from '../metric.ts';

/** Share of pictures that get the class which the float model gives them; of several outputs the first one's. */
export const agreement: SensitivityMetric = {
  name: 'agreement',
  summary: 'Share of pictures that get the class that the float model gives them; of several outputs the first counts.',
  of: 'outputs',
  ...always(evaluated(evaluatedAgreement as Metric)),
};

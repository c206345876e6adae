import { LatheError } from '../../base/errors.ts';
import { metrics } from '../../evaluate/index.ts';
import { evaluated } from '../evaluated.ts';
import type { SensitivityMetric } from '../metric.ts';

/** What the labels of the pictures measure: top-1, AP50 or PSNR, as `lathe evaluate` gives it. */
export const task: SensitivityMetric = {
  name: 'task',
  summary: 'The metric of the task (top-1, AP50, PSNR) on the labels of the pictures.',
  of: 'outputs',
  on({ task, dataset }) {
    const { samples } = dataset;
    const metric = metrics.find((candidate) =>
      candidate.fits({
        task,
        hasLabels: samples.every(({ label }) => label !== undefined),
        hasBoxes: samples.every(({ boxes }) => boxes !== undefined),
        hasTargets: dataset.hasTargets ?? false,
        hasReference: false,
      }),
    );
    if (metric) return evaluated(metric);
    throw new LatheError('analyze.metric', 'the metric task needs pictures with labels, boxes or targets', {
      file: dataset.path,
      hint: 'Give --labels, --pairs or --degrade, or take --metric sqnr, which needs none.',
    });
  },
  named(name) {
    const metric = metrics.find((candidate) => candidate.name === name);
    return metric && evaluated(metric);
  },
};

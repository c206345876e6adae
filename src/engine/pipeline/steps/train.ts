import { fillDefaults } from '../../recipe/defaults.ts';
import { distillStep, type DistillSettings } from '../../train/distill-step.ts';
import type { TrainSettings } from '../../train/step.ts';
import { openTraining } from '../training/open.ts';
import { trainingPictures } from '../training/pictures.ts';
import { runTraining, trainingPlan, trainingReport } from '../training/run.ts';
import { distill } from './distill.ts';
import type { StepRequest, StepRunner } from './step.ts';

/**
 * Plain training and fine-tuning. Pictures that say nothing of the right answer leave what the recipe's own model answered, where an earlier step has changed it: then it is
 * distilled from that.
 */
export const train: StepRunner = {
  name: 'train',
  learns: true,
  chooses: true,
  plan: (step, data) => trainingPlan(step.settings as TrainSettings, data),
  async run(request) {
    const settings = request.step.settings as TrainSettings;
    if (request.ancestors.length > 1 && trainingPictures(request.data, 'optional').truth === 'none')
      return distill.run(asDistillation(request));
    const training = await openTraining(request, { settings, truth: 'needed' });
    try {
      const result = await runTraining(request, training, settings);
      return { model: training.model, report: trainingReport(result) };
    } finally {
      await training.dispose();
    }
  },
};

/** The same step with the settings of `distill` beside its own. */
const asDistillation = (request: StepRequest): StepRequest => {
  const own = fillDefaults(distillStep.parameters, {}) as DistillSettings;
  return { ...request, step: { ...request.step, settings: { ...own, ...request.step.settings } } };
};

import type { TrainSettings } from '../../train/step.ts';
import { openTraining } from '../training/open.ts';
import { runTraining, trainingPlan, trainingReport } from '../training/run.ts';
import type { StepRunner } from './step.ts';

/** Plain training and fine-tuning. */
export const train: StepRunner = {
  name: 'train',
  learns: true,
  chooses: true,
  plan: (step, data) => trainingPlan(step.settings as TrainSettings, data),
  async run(request) {
    const settings = request.step.settings as TrainSettings;
    const training = await openTraining(request, { settings, truth: 'needed' });
    try {
      const result = await runTraining(request, training, settings);
      return { model: training.model, report: trainingReport(result) };
    } finally {
      await training.dispose();
    }
  },
};

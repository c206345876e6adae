import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import type { PruneSettings } from '../../prune/step.ts';
import { pruneChannels } from '../pruning/prune-channels.ts';
import { pruneWeights } from '../sparse/prune-weights.ts';
import { trainingPlan } from '../training/run.ts';
import type { StepRunner } from './step.ts';

/** Removes channels, or sets weights to zero. */
export const prune: StepRunner = {
  name: 'prune',
  learns: true,
  chooses: true,
  plan: (step, data) => {
    const { finetune, steps } = step.settings as PruneSettings;
    const pictures = data.calibration?.samples.length ?? 0;
    const training = finetune && trainingPlan(finetune as FinetuneSettings, data);
    return { pictures: steps * (2 * pictures + (training?.pictures ?? 0)) };
  },
  run: (request) => ((request.step.settings as PruneSettings).method === 'channels' ? pruneChannels(request) : pruneWeights(request)),
};

import { defaultLosses, type Known, type LossesSetting, namedLosses } from '../../train/losses/index.ts';
import type { LossWiring } from '../../train/losses/declaration.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { TrainingPictures } from './pictures.ts';

/** What losses may need beside their own settings, as far as pictures and settings say it. */
export const lossWiring = ({ dataset }: TrainingPictures, settings: TrainingSettings): LossWiring => ({
  ...(dataset.input ? { input: dataset.input } : {}),
  smoothing: settings['label-smoothing'],
});

/** What every batch of these pictures brings. */
export const knownOf = ({ truth }: TrainingPictures): Known => new Set(truth === 'none' ? [] : [truth]);

/**
 * The losses that the step asks for (`losses`), else those that the pictures themselves allow: labels, cross-entropy; targets, Charbonnier's; neither, none.
 * Throws `training.loss`.
 */
export function taskLosses(pictures: TrainingPictures, settings: TrainingSettings & { readonly losses?: LossesSetting }): WeightedLoss[] {
  const [known, wiring] = [knownOf(pictures), lossWiring(pictures, settings)];
  return settings.losses ? namedLosses(settings.losses, known, wiring) : defaultLosses(known, wiring);
}

import { LatheError } from '../../base/errors.ts';
import type { BatchSource } from '../../data/batches.ts';
import { defaultLosses, type Known, type LossesSetting, namedLosses } from '../../train/losses/index.ts';
import type { LossWiring } from '../../train/losses/declaration.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { TrainingPictures } from './pictures.ts';

type LossSettings = Pick<TrainingSettings, 'label-smoothing' | 'class-weights'>;

/** What losses may need beside their own settings, as far as pictures and settings say it. Throws `training.class-weights`. */
export function lossWiring({ dataset }: TrainingPictures, batches: BatchSource, settings: LossSettings): LossWiring {
  const classWeights = classWeightsOf(settings['class-weights'], batches, dataset.path);
  return {
    ...(dataset.input ? { input: dataset.input } : {}),
    smoothing: settings['label-smoothing'],
    ...(classWeights ? { classWeights } : {}),
  };
}

/** `balanced`: all classes count alike, and a picture 1 in the mean (as scikit-learn's): N / (classes · pictures of the class). Classes without pictures count nothing. */
function classWeightsOf(
  setting: TrainingSettings['class-weights'],
  { classes, classCounts }: BatchSource,
  file: string,
): readonly number[] | undefined {
  if (setting === 'none') return undefined;
  if (classes === undefined || !classCounts)
    throw new LatheError('training.class-weights', 'class-weights need labels', {
      file,
      hint: 'Give labels under data.train (labels: folders).',
    });
  if (setting !== 'balanced') {
    if (setting.length === classes) return setting;
    throw new LatheError('training.class-weights', `there are ${setting.length} class-weights for ${classes} classes`, { file });
  }
  const present = classCounts.filter((count) => count > 0);
  const mean = present.reduce((sum, count) => sum + count, 0) / present.length;
  return classCounts.map((count) => (count > 0 ? mean / count : 0));
}

/** What every batch of these pictures brings. */
export const knownOf = ({ truth }: TrainingPictures): Known => new Set(truth === 'none' ? [] : [truth]);

/**
 * The losses that the step asks for (`losses`), else those that the pictures themselves allow: labels, cross-entropy; targets, Charbonnier's; neither, none.
 * Throws `training.loss`, `training.class-weights`.
 */
export function taskLosses(
  pictures: TrainingPictures,
  batches: BatchSource,
  settings: LossSettings & { readonly losses?: LossesSetting },
): WeightedLoss[] {
  const [known, wiring] = [knownOf(pictures), lossWiring(pictures, batches, settings)];
  return settings.losses ? namedLosses(settings.losses, known, wiring) : defaultLosses(known, wiring);
}

import { LatheError } from '../../base/errors.ts';
import type { BatchSource } from '../../data/batches.ts';
import type { DecodeDeclaration } from '../../data/source.ts';
import type { Dataset } from '../../data/types.ts';
import { defaultLosses, type Known, type LossesSetting, namedLosses } from '../../train/losses/index.ts';
import type { BoxWiring, LossWiring } from '../../train/losses/declaration.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { TrainingPictures } from './pictures.ts';

type LossSettings = Pick<TrainingSettings, 'label-smoothing' | 'class-weights'>;

/** What losses may need beside their own settings, as far as pictures and settings say it. Throws `training.class-weights`. */
export function lossWiring({ dataset, truth, decode }: TrainingPictures, batches: BatchSource, settings: LossSettings): LossWiring {
  const classWeights = classWeightsOf(settings['class-weights'], batches, dataset.path);
  return {
    ...(dataset.input ? { input: dataset.input } : {}),
    smoothing: settings['label-smoothing'],
    ...(classWeights ? { classWeights } : {}),
    ...(truth === 'boxes' && decode ? { boxes: boxWiring(dataset, decode, batches.size) } : {}),
  };
}

/** Boxes of one batch that are learned from, at most: of more the largest. A row costs a hundred pairs of box and place. */
const mostRows = 4096;

/** Room for the fullest batch that there can be. */
export function boxWiring({ samples, input }: Pick<Dataset, 'samples' | 'input'>, { kind }: DecodeDeclaration, batch: number): BoxWiring {
  const counts = samples.map(({ boxes = [] }) => boxes.length).sort((a, b) => b - a);
  const rows = counts.slice(0, batch).reduce((sum, count) => sum + count, 0);
  const all = samples.flatMap(({ boxes = [] }) => boxes);
  return {
    decode: kind,
    rows: Math.min(Math.max(1, rows), mostRows),
    classes: all.reduce((most, { label }) => Math.max(most, label + 1), 1),
    landmarks: all.reduce((most, { landmarks = [] }) => Math.max(most, landmarks.length), 0),
    layout: input?.layout ?? 'nchw',
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
export const knownOf = ({ truth, dataset }: TrainingPictures): Known =>
  new Set([...(truth === 'none' ? [] : [truth]), ...(dataset.hasTargets ? (['targets'] as const) : [])]);

/**
 * The losses that the step asks for (`losses`), else those that the pictures themselves allow: labels, cross-entropy; boxes, `detection`; targets, Charbonnier's; none of them, none.
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

import { LatheError } from '../../base/errors.ts';
import type { BatchSource } from '../../data/batches.ts';
import { defaultLosses, type Known, type LossesSetting, namedLosses } from '../../train/losses/index.ts';
import type { BoxWiring, LossWiring } from '../../train/losses/declaration.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import { hasBoxes, type TrainingPictures } from './pictures.ts';

type LossSettings = Pick<TrainingSettings, 'label-smoothing' | 'class-weights'>;

/** What losses may need beside their own settings, as far as pictures and settings say it. Throws `training.class-weights`. */
export function lossWiring(pictures: TrainingPictures, { size, classCounts }: BatchSource, settings: LossSettings): LossWiring {
  const { dataset, truth } = pictures;
  const weights = (counts: readonly number[] | undefined) => classWeightsOf(settings['class-weights'], counts, dataset.path);
  const boxes = truth === 'boxes' ? boxWiring(pictures, size, weights) : undefined;
  const classWeights = boxes ? undefined : weights(classCounts);
  return {
    ...(dataset.input ? { input: dataset.input } : {}),
    smoothing: settings['label-smoothing'],
    ...(classWeights ? { classWeights } : {}),
    ...(boxes ? { boxes } : {}),
  };
}

/** Boxes of one batch that are learned from, at most: of more the largest. A row costs some hundred pairs of box and place. */
const mostRows = 4096;

/** Room for the fullest batch that there can be; absent where pictures have no boxes, or nobody knows how outputs become some. */
export function boxWiring(
  { dataset, decode }: TrainingPictures,
  batch: number,
  weights: (counts: readonly number[]) => readonly number[] | undefined = () => undefined,
): BoxWiring | undefined {
  if (!decode || !hasBoxes(dataset)) return undefined;
  const byPicture = dataset.samples.map(({ boxes = [] }) => boxes.length).sort((a, b) => b - a);
  const all = dataset.samples.flatMap(({ boxes = [] }) => boxes);
  const classes = all.reduce((most, { label }) => Math.max(most, label + 1), 1);
  const counts = Array.from({ length: Math.min(classes, mostRows) }, () => 0);
  for (const { label } of all) if (label < counts.length) counts[label]!++;
  const classWeights = weights(counts);
  return {
    decode: decode.kind,
    rows: Math.min(byPicture.slice(0, batch).reduce((sum, count) => sum + count, 0) || 1, mostRows),
    classes,
    landmarks: all.reduce((most, { landmarks = [] }) => Math.max(most, landmarks.length), 0),
    ...(classWeights ? { classWeights } : {}),
    layout: dataset.input?.layout ?? 'nchw',
  };
}

/** `balanced`: all classes count alike, and a picture (or box) 1 in the mean (as scikit-learn's): N / (classes · those of the class). Classes without any count nothing. */
function classWeightsOf(
  setting: TrainingSettings['class-weights'],
  classCounts: readonly number[] | undefined,
  file: string,
): readonly number[] | undefined {
  if (setting === 'none') return undefined;
  if (!classCounts)
    throw new LatheError('training.class-weights', 'class-weights need labels', {
      file,
      hint: 'Give labels under data.train (labels: folders).',
    });
  if (setting !== 'balanced') {
    if (setting.length === classCounts.length) return setting;
    throw new LatheError('training.class-weights', `there are ${setting.length} class-weights for ${classCounts.length} classes`, { file });
  }
  const present = classCounts.filter((count) => count > 0);
  const mean = present.reduce((sum, count) => sum + count, 0) / present.length;
  return classCounts.map((count) => (count > 0 ? mean / count : 0));
}

/** What every batch of these pictures brings: besides what says the answer there may be targets for what is on the way there. */
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
  const wiring = lossWiring(pictures, batches, settings);
  return settings.losses ? namedLosses(settings.losses, knownOf(pictures), wiring) : usualLosses(pictures, wiring);
}

/** What the pictures say about the answer, where nobody says what is to be learned. */
export const usualLosses = ({ truth }: TrainingPictures, wiring: LossWiring): WeightedLoss[] =>
  defaultLosses(new Set(truth === 'none' ? [] : [truth]), wiring);

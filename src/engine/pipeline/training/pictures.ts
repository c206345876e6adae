import type { Context } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import type { BatchSource } from '../../data/batches.ts';
import { openBatches } from '../../data/batching/open-batches.ts';
import type { DecodeDeclaration } from '../../data/source.ts';
import type { Dataset } from '../../data/types.ts';
import type { Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import { mostOfBatch, stepsOfEpoch, usualBatch } from '../../train/usual-batch.ts';
import type { StepData } from '../steps/step.ts';

/** What the pictures say about the right answer. */
export type Truth = 'labels' | 'boxes' | 'targets' | 'none';

/** What a step learns from. */
export interface TrainingPictures {
  readonly dataset: Dataset;
  readonly truth: Truth;
  /** How a detector's outputs become boxes. */
  readonly decode?: DecodeDeclaration;
}

/** Training pictures, or those for calibration where the step can do without labels. Throws `training.no-pictures`, `training.no-truth`. */
export function trainingPictures(data: StepData, truth: 'needed' | 'optional'): TrainingPictures {
  const dataset = data.train ?? (truth === 'optional' ? data.calibration : undefined);
  if (!dataset || dataset.samples.length === 0)
    throw new LatheError('training.no-pictures', 'there are no pictures to train on', {
      ...(dataset ? { file: dataset.path } : {}),
      hint: 'Name them under data.train (--train).',
    });
  const { decode } = data;
  const found = truthOf(dataset, decode);
  if (found === 'none' && hasBoxes(dataset) && truth === 'needed')
    throw new LatheError('training.no-decode', 'the training pictures have boxes, but how the outputs become boxes is not known', {
      file: dataset.path,
      hint: 'Set decode: { kind: yunet }, yolov5 or yolov8, under data.train.',
    });
  if (found === 'none' && truth === 'needed')
    throw new LatheError('training.no-truth', 'the training pictures have neither labels, boxes nor targets to learn from', {
      file: dataset.path,
      hint: 'Give labels (labels: folders), pairs or degrade under data.train; or use distill, which learns from a teacher.',
    });
  return { dataset, truth: found, ...(decode ? { decode } : {}) };
}

/** Boxes of a detector go before targets: they say what its answer should be, and targets what is on the way there (a chain). */
function truthOf(dataset: Dataset, decode: DecodeDeclaration | undefined): Truth {
  if (dataset.samples.every(({ label }) => label !== undefined)) return 'labels';
  if (decode && hasBoxes(dataset)) return 'boxes';
  // Where outputs are boxes, a clean picture is no answer to them.
  return dataset.hasTargets && !decode ? 'targets' : 'none';
}

/** Pictures without any box are fine; a set without any is none to learn boxes from. */
export const hasBoxes = ({ samples }: Dataset): boolean =>
  samples.every(({ boxes }) => boxes !== undefined) && samples.some(({ boxes }) => boxes!.length > 0);

/** Elements of the first output for one picture: the classes of a classifier. */
export function classesOf(model: Model): number {
  const shape = inferShapes(model).of(model.graph.outputs[0]?.name ?? '')?.shape ?? [];
  return shape.slice(1).reduce<number>((product, dim) => product * Number(dim), 1);
}

export interface BatchesRequest {
  readonly pictures: TrainingPictures;
  /** The model that is trained: a label is a place in its output. */
  readonly model: Model;
  readonly settings: Pick<TrainingSettings, 'batch'>;
  readonly seed: number;
}

/** Batches of the pictures, to be closed. Throws `data.*`, `training.classes`. */
export function openTrainingBatches({ pictures, model, settings, seed }: BatchesRequest, context: Context): BatchSource {
  const { dataset, truth } = pictures;
  const classes = truth === 'labels' ? classesOf(model) : undefined;
  if (classes !== undefined) checkLabels(dataset, classes);
  const said = settings.batch ?? dataset.batch;
  const size = said ?? usualBatch(dataset.samples.length);
  if (said === undefined && size < mostOfBatch)
    context.logger.info(
      `batches of ${size}: more would be fewer than ${stepsOfEpoch} steps in an epoch of ${dataset.samples.length} pictures`,
    );
  if (size > dataset.samples.length)
    context.logger.warn(`a batch of ${size} is more than the ${dataset.samples.length} training pictures: each step sees all of them`);
  return openBatches(dataset, { size, seed, ...(classes === undefined ? {} : { classes }) }, context);
}

function checkLabels(dataset: Dataset, classes: number): void {
  const most = dataset.samples.reduce((highest, { label }) => Math.max(highest, label ?? 0), 0);
  if (most < classes) return;
  throw new LatheError('training.classes', `the pictures have classes up to number ${most}, the model knows ${classes}`, {
    file: dataset.path,
    hint: `Give the model a new head: classes: ${dataset.classes?.length ?? most + 1}.`,
  });
}

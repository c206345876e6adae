import type { Context } from '../../base/context.ts';
import type { BatchSource } from '../../data/batches.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import { checkGradients } from '../../train/check-gradients.ts';
import { replaceHead } from '../../train/head/replace-head.ts';
import { detectionLoss } from '../../train/losses/detection/detection.ts';
import type { LossesSetting } from '../../train/losses/index.ts';
import type { Parameter } from '../../train/parameters.ts';
import { passable } from '../../train/passable.ts';
import type { HeadSettings, TrainingSettings } from '../../train/settings.ts';
import type { StepRequest } from '../steps/step.ts';
import { trainedParameters } from './frozen.ts';
import { taskLosses } from './losses.ts';
import { hasBoxes, openTrainingBatches, trainingPictures, type TrainingPictures } from './pictures.ts';
import { prepareModel } from './prepare.ts';
import { openValidation, type Validation } from './validation.ts';

/** Metadata of a model whose classes have names: a JSON list in the order of its outputs. */
export const classNamesKey = 'lathe.classes';

export interface TrainingOptions {
  readonly settings: Omit<TrainingSettings, 'learning-rate' | 'batch-normalization'> &
    HeadSettings & {
      readonly losses?: LossesSetting;
      readonly alpha?: number;
      readonly temperature?: number;
      readonly 'teacher-sees'?: 'input' | 'clean';
    };
  /** `needed`: the step learns from labels or targets only. */
  readonly truth: 'needed' | 'optional';
  /** What trained models are compared with where the pictures have no labels, prepared. By default the step's model as it came. */
  readonly reference?: Model;
}

/** A step's model and pictures, ready for a training. */
export interface OpenTraining {
  /** The step's model, prepared, in place. */
  readonly model: Model;
  readonly pictures: TrainingPictures;
  /** What is trained of the model: all but what is frozen. */
  readonly parameters: readonly Parameter[];
  readonly batches: BatchSource;
  /** By what the pictures know; empty where they know nothing: then a teacher's loss is needed. */
  readonly losses: readonly WeightedLoss[];
  /** Absent without validation pictures. */
  readonly validation?: Validation;
  dispose(): Promise<void>;
}

/** What `train`, `distill` and `qat` begin with. No picture is read yet. Throws `training.*`, `data.*`, `model.*`, `evaluate.*`, and Cancelled. */
export async function openTraining(request: StepRequest, options: TrainingOptions): Promise<OpenTraining> {
  const { model, recipe, data, context, step } = request;
  const { settings } = options;
  const pictures = trainingPictures(data, options.truth);
  if (pictures.truth === 'none' && hasBoxes(pictures.dataset))
    context.logger.warn(
      'the boxes of the training pictures are not learned from: data.train.decode does not say how the outputs become boxes',
    );
  await prepareModel(model, request);
  if (settings.classes !== undefined) giveClasses(model, settings.classes, { seed: recipe.seed, pictures, context });
  const parameters = trainedParameters(model, step, settings.freeze);
  checkGradients(passable(model, parameters), parameters);
  const batches = openTrainingBatches({ pictures, model, settings, seed: recipe.seed }, context);
  const losses = taskLosses(pictures, batches, settings);
  const { alpha = 0, temperature = 1 } = settings;
  const seesClean = settings['teacher-sees'] === 'clean';
  const boxLoss = losses.find(({ loss }) => loss.name === detectionLoss.name)?.loss;
  const validation = await openValidation(request, {
    reference: options.reference ?? cloneModel(model),
    alpha,
    temperature,
    seesClean,
    ...(boxLoss ? { boxLoss } : {}),
  });
  return {
    model,
    pictures,
    parameters,
    batches,
    losses,
    ...(validation ? { validation } : {}),
    dispose: async () => {
      await batches.close();
      await validation?.dispose();
    },
  };
}

/** A new head, where the model has another number of classes. */
function giveClasses(
  model: Model,
  classes: number,
  { seed, pictures, context }: { seed: number; pictures: TrainingPictures; context: Context },
): void {
  const change = replaceHead(model, classes, seed);
  if (change) context.logger.info(`${change.layer}: begins anew with ${change.to} classes instead of ${change.from}`);
  const names = pictures.dataset.classes;
  if (names?.length === classes) model.metadata.set(classNamesKey, JSON.stringify(names));
}

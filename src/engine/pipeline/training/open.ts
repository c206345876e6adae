import type { BatchSource } from '../../data/batches.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { StepRequest } from '../steps/step.ts';
import { taskLosses } from './losses.ts';
import { openTrainingBatches, trainingPictures, type TrainingPictures } from './pictures.ts';
import { prepareModel } from './prepare.ts';
import { openValidation, type Validation } from './validation.ts';

export interface TrainingOptions {
  readonly settings: TrainingSettings;
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
  readonly batches: BatchSource;
  /** By what the pictures know; empty where they know nothing: then a teacher's loss is needed. */
  readonly losses: readonly WeightedLoss[];
  /** Absent without validation pictures. */
  readonly validation?: Validation;
  dispose(): Promise<void>;
}

/** What `train`, `distill` and `qat` begin with. Throws `training.*`, `data.*`, `model.*`, `evaluate.*`, and Cancelled. */
export async function openTraining(request: StepRequest, options: TrainingOptions): Promise<OpenTraining> {
  const { model, recipe, data, context } = request;
  const { settings } = options;
  const pictures = trainingPictures(data, options.truth);
  await prepareModel(model, request);
  const batches = openTrainingBatches({ pictures, model, settings, seed: recipe.seed }, context);
  const losses = taskLosses(pictures, settings);
  const validation = await openValidation(request, options.reference ?? cloneModel(model));
  return {
    model,
    pictures,
    batches,
    losses,
    ...(validation ? { validation } : {}),
    dispose: async () => {
      await batches.close();
      await validation?.dispose();
    },
  };
}

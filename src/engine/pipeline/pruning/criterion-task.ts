import { degradationsOf } from '../../data/augment/index.ts';
import { openBatches } from '../../data/batching/open-batches.ts';
import type { Model } from '../../onnx/graph.ts';
import type { CriterionPictures } from '../../prune/criteria/index.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { StepRequest } from '../steps/step.ts';
import { boxWiring, usualLosses } from '../training/losses.ts';
import { classesOf, trainingPictures } from '../training/pictures.ts';

/** Pictures of a batch where the data do not say. */
const usualBatch = 64;

export interface OpenTask {
  readonly task?: NonNullable<CriterionPictures['task']>;
  close(): Promise<void>;
}

/** What the model is trained for, for criteria that ask for the loss: labels or targets of the training pictures, as they are. Nothing where there are none. To be closed. */
export function openTask(
  { data, step, recipe, context }: Pick<StepRequest, 'data' | 'step' | 'recipe' | 'context'>,
  model: Model,
): OpenTask {
  const none: OpenTask = { close: () => Promise.resolve() };
  const { criterion } = step.settings as PruneSettings;
  if (!data.train || (criterion !== 'taylor' && criterion !== 'hessian')) return none;
  const pictures = trainingPictures(data, 'optional');
  const classes = pictures.truth === 'labels' ? classesOf(model) : undefined;
  const size = pictures.dataset.batch ?? usualBatch;
  const boxes = boxWiring(pictures, size);
  const losses = usualLosses(pictures, { ...(data.settings ? { input: data.settings } : {}), ...(boxes ? { boxes } : {}) });
  if (losses.length === 0) return none;
  const request = { size, seed: recipe.seed, ...(classes === undefined ? {} : { classes }) };
  const batches = openBatches({ ...pictures.dataset, augment: degradationsOf(pictures.dataset.augment) }, request, context);
  return { task: { losses, batches }, close: () => batches.close() };
}

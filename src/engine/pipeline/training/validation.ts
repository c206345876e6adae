import { agreement } from '../../evaluate/metrics/agreement.ts';
import type { Model } from '../../onnx/graph.ts';
import { Judge } from '../../search/judge.ts';
import type { ValidationScore } from '../../train/task.ts';
import { validationPictures } from '../validation.ts';
import type { StepRequest } from '../steps/step.ts';

/** Measures models while they are trained. */
export interface Validation {
  measure(model: Model): Promise<ValidationScore>;
  dispose(): Promise<void>;
}

/**
 * Measures on the recipe's validation pictures (its own, or those cut off from train or calibration): by the task's metric where they have labels, else by
 * agreement with `reference`, where the outputs are no farther from its own, and by the distance from its outputs where the task has no decisions. undefined without such pictures. Throws `data.*`, `evaluate.*`.
 */
export async function openValidation(
  { data, recipe, runtime, context }: Pick<StepRequest, 'data' | 'recipe' | 'runtime' | 'context'>,
  reference: Model,
): Promise<Validation | undefined> {
  if (!data.validation) return undefined;
  const { decode, match } = validationPictures(recipe)?.source ?? {};
  const request = {
    model: reference,
    dataset: data.validation,
    task: recipe.task,
    ...(decode ? { decode } : {}),
    ...(match ? { match } : {}),
  };
  const judge = await Judge.open(request, { runtime, context }, 'optional');
  return {
    async measure(model) {
      const { metric, unit, value, noise } = await judge.measure(model);
      return judge.metric
        ? { metric, unit, better: judge.metric.better, value, ...(judge.metric === agreement ? { distance: noise } : {}) }
        : { metric: 'difference', unit: '', better: 'low', value: noise };
    },
    dispose: () => judge.dispose(),
  };
}

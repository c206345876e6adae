import { agreement } from '../../evaluate/metrics/agreement.ts';
import { ap50 } from '../../evaluate/metrics/ap50.ts';
import { top1 } from '../../evaluate/metrics/top1.ts';
import type { Model } from '../../onnx/graph.ts';
import { Judge } from '../../search/judge.ts';
import { isProbability } from '../../train/losses/bare-output.ts';
import type { Loss } from '../../train/losses/loss.ts';
import type { TrainingTask, ValidationScore } from '../../train/task.ts';
import { validationPictures } from '../validation.ts';
import type { StepRequest } from '../steps/step.ts';
import { isBetter } from './better.ts';
import { BoxLosses } from './box-losses.ts';
import { PictureLosses } from './picture-losses.ts';

/** Measures models while they are trained. */
export interface Validation {
  measure(model: Model): Promise<ValidationScore>;
  readonly isBetter: NonNullable<TrainingTask['isBetter']>;
  dispose(): Promise<void>;
}

export interface ValidationOptions {
  /** What a step's model learns to answer as, or what it is compared with where the pictures have no labels. */
  readonly reference: Model;
  /** Share of the reference in what is learned; the rest is the labels. */
  readonly alpha: number;
  readonly temperature: number;
  /** The reference looks at pictures before they were degraded. */
  readonly seesClean?: boolean;
  /** What the answers of a detector are to lose beside boxes. */
  readonly boxLoss?: Loss;
}

/**
 * Measures on the recipe's validation pictures (its own, or those cut off from train or calibration): by the task's metric where they have labels, else by
 * agreement with the reference, and by the loss that is trained, picture by picture. undefined without such pictures. Throws `data.*`, `evaluate.*`.
 */
export async function openValidation(
  { data, recipe, runtime, context }: Pick<StepRequest, 'data' | 'recipe' | 'runtime' | 'context'>,
  { reference, alpha, temperature, seesClean, boxLoss }: ValidationOptions,
): Promise<Validation | undefined> {
  if (!data.validation) return undefined;
  const { decode = data.decode, match } = validationPictures(recipe)?.source ?? {};
  const request = {
    model: reference,
    dataset: data.validation,
    task: recipe.task,
    ...(decode ? { decode } : {}),
    ...(match ? { match } : {}),
    ...(seesClean ? { seesClean } : {}),
  };
  // Sums of some kernels depend on the number of threads, and with them which epoch is the best.
  const alone = { ...context, threads: 1 };
  const judge = await Judge.open(request, { runtime, context: alone }, 'optional');
  const { metric, setting } = judge;
  const classes = metric?.name === top1.name || metric?.name === agreement.name;
  // Without a share of the reference only labels have a loss that the metric is not.
  const hasLoss = classes || alpha > 0 || !metric;
  const boxes = metric?.name === ap50.name && boxLoss && alpha < 1 ? new BoxLosses(boxLoss, runtime) : undefined;
  const areProbabilities = ({ graph }: Model): boolean => isProbability(graph, graph.outputs[0]?.name ?? '');
  const wanted = areProbabilities(reference);
  return {
    async measure(model) {
      const losses = hasLoss ? new PictureLosses({ classes, alpha, temperature }) : undefined;
      const forms = { found: areProbabilities(model), wanted };
      const rows: unknown[] = [];
      const missed: number[] = [];
      const found = await judge.measure(model, Infinity, alone, async (sample, theirs, ours, row) => {
        losses?.add(sample, theirs, ours, forms);
        if (boxes) missed.push(await boxes.of(sample, ours));
        if (metric) rows.push(row);
      });
      const each = boxes ? missed.map((lost, i) => (1 - alpha) * lost + alpha * (losses?.values[i] ?? 0)) : losses?.values;
      const loss = each && each.reduce((sum, one) => sum + one, 0) / each.length;
      return {
        ...(metric
          ? { metric: found.metric, unit: found.unit, better: metric.better, value: found.value }
          : { metric: 'difference', unit: '', better: 'low' as const, value: found.noise }),
        ...(loss === undefined ? {} : { loss }),
        pictures: { rows, ...(each ? { losses: each } : {}) },
      };
    },
    isBetter: (score, best) => isBetter({ metric, setting, byReference: metric?.name === agreement.name }, score, best),
    dispose: async () => {
      await boxes?.dispose();
      await judge.dispose();
    },
  };
}

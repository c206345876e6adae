import type { TrainingOutcome } from '../../../protocol/training.ts';
import type { TrainingCurve } from '../../../protocol/training.ts';

/** Losses at both ends are means over so many points: single batches say little. */
const endPoints = 10;

/** What a training came to, in figures. */
export function trainingOutcome({ epochs, points, validation, stopped }: TrainingCurve): TrainingOutcome {
  const last = points.at(-1);
  const ends = Math.min(endPoints, Math.ceil(points.length / 2));
  const best = validation?.scores.findLast((score) => score.best);
  const first = validation?.scores[0];
  return {
    epochs: last?.epoch ?? 0,
    planned: epochs,
    steps: last?.step ?? 0,
    ...(ends > 0
      ? { loss: { first: mean(points.slice(0, ends).map(({ loss }) => loss)), last: mean(points.slice(-ends).map(({ loss }) => loss)) } }
      : {}),
    ...(validation && best && first
      ? { validation: { metric: validation.metric, unit: validation.unit, before: first.value, best: best.value, epoch: best.epoch } }
      : {}),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

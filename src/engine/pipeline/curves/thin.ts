import type { CurvePoint, TrainingCurve } from '../../../protocol/training.ts';

/** More points than these no picture shows. */
const mostPoints = 400;

/**
 * The curve with at most `most` points: each the mean over an equal number of steps, which follows from the planned steps alone, so that a
 * growing curve keeps its points. Losses that are no numbers are left out, and scores too. Nothing of the given one is shared.
 */
export function thinned(curve: TrainingCurve, most = mostPoints): TrainingCurve {
  const size = Math.max(1, Math.ceil(Math.max(curve.steps, curve.points.at(-1)?.step ?? 0) / most));
  const points: CurvePoint[] = [];
  let [sum, count, group] = [0, 0, -1];
  for (const { step, epoch, loss, rate } of curve.points) {
    if (!Number.isFinite(loss)) continue;
    const own = Math.floor((step - 1) / size);
    if (own !== group) [sum, count, group] = [0, 0, own];
    else points.pop();
    sum += loss;
    count++;
    points.push({ step, epoch, loss: sum / count, rate });
  }
  const { validation } = curve;
  const scores = validation?.scores.filter(({ value }) => Number.isFinite(value)).map((score) => ({ ...score }));
  return { ...curve, points, ...(validation && scores ? { validation: { ...validation, scores } } : {}) };
}

import type { TrainingCurve } from '../../../protocol/training.ts';

/** What a reader of the result should know of a training, in sentences. */
export function notesOn({ validation, stopped, steps, points }: TrainingCurve): string[] {
  const notes: string[] = [];
  const best = validation?.scores.findLast((score) => score.best);
  const start = validation?.scores[0];
  const done = points.at(-1)?.step ?? 0;
  if (stopped !== undefined) notes.push(`Training ended after ${done} of ${steps} steps: ${stopped}.`);
  if (validation && best && start && validation.scores.length > 1) {
    const figure = (value: number): string =>
      `${validation.metric} ${Number(value.toPrecision(4))}${validation.unit && ` ${validation.unit}`}`;
    notes.push(
      best === start
        ? `No epoch was surely better on the validation pictures than the weights before training (${figure(start.value)}): those are kept.`
        : `The weights after epoch ${Number(best.epoch.toFixed(2))} are kept: ${figure(best.value)} on the validation pictures, before training ${figure(start.value)}.`,
    );
  }
  return notes;
}

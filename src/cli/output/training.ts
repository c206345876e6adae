import { shortNumber } from '../../protocol/format.ts';
import type { TrainingCurve, TrainingOutcome } from '../../protocol/training.ts';
import { difference, figure, plainFigure } from './figures.ts';

/** A score as people read it; one without a unit (a loss on validation pictures) in three digits. */
const score = (value: number, unit: string): string => (unit === '' ? small(value) : figure(value, unit));

const small = (value: number): string => (Math.abs(value) < 1 ? String(Number(value.toPrecision(3))) : shortNumber(value));

/** "epoch 3.2/10  loss 0.412  top1 91.2 % (best 91.5 %)". */
export function standing({ epochs, points, validation }: TrainingCurve): string {
  const last = points.at(-1);
  const [latest, best] = [validation?.scores.at(-1), validation?.scores.findLast((one) => one.best)];
  const parts = [`epoch ${(last?.epoch ?? 0).toFixed(1)}/${epochs}`];
  if (last) parts.push(`loss ${small(last.loss)}`);
  if (validation && latest) {
    const kept = best && best !== latest ? ` (best ${score(best.value, validation.unit)})` : '';
    parts.push(`${validation.metric} ${score(latest.value, validation.unit)}${kept}`);
  }
  return parts.join('  ');
}

/** The same as data: one line of `--progress json`. */
export function standingData({ step, epochs, steps, points, validation }: TrainingCurve): object {
  const last = points.at(-1);
  const [latest, best] = [validation?.scores.at(-1), validation?.scores.findLast((one) => one.best)];
  return {
    step,
    epoch: last?.epoch ?? 0,
    epochs,
    done: last?.step ?? 0,
    steps,
    ...(last ? { loss: last.loss, rate: last.rate } : {}),
    ...(validation && latest ? { validation: { metric: validation.metric, value: latest.value, best: best?.value } } : {}),
  };
}

/** "10 epochs, 120 steps, loss 2.31 → 0.402, top1 before 61.2, best 91.5 % (+30.3 points) at epoch 8". */
export function outcomeText({ epochs, planned, steps, loss, validation, stopped }: TrainingOutcome): string {
  const done = Number(epochs.toFixed(1));
  const parts = [
    `${done < planned ? `${done} of ${planned}` : done} epoch${planned === 1 ? '' : 's'}, ${steps} step${steps === 1 ? '' : 's'}`,
  ];
  if (loss) parts.push(`loss ${small(loss.first)} → ${small(loss.last)}`);
  if (validation) {
    const { metric, unit, before, best, epoch } = validation;
    const kept = epoch === 0 ? 'best before the first step' : `best at epoch ${Number(epoch.toFixed(1))}`;
    const change = unit === '' ? '' : ` (${difference(best - before, unit)})`;
    parts.push(`validation ${metric} ${unit === '' ? small(before) : plainFigure(before, unit)} → ${score(best, unit)}${change}, ${kept}`);
  }
  if (stopped !== undefined) parts.push(stopped);
  return parts.join('; ');
}

import { shortNumber } from '../../src/protocol/format.ts';
import type { TrainingCurve } from '../../src/protocol/training.ts';

/** "91.3 %"; a score without a unit in three digits. */
export const scoreText = (value: number, unit: string): string =>
  unit ? `${value.toFixed(unit === 'dB' ? 2 : 1).replace('-', '−')} ${unit}` : figure(value);

/** A figure of any size in three digits: 0.00123, 4.6e−9. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e5)) return value.toExponential(1).replace('-', '−');
  return size < 1 ? String(Number(value.toPrecision(3))) : shortNumber(value);
}

const names: Readonly<Record<string, string>> = { top1: 'top-1', top5: 'top-5', ap50: 'AP50', psnr: 'PSNR', ssim: 'SSIM' };
export const metricName = (metric: string): string => names[metric] ?? metric;

export const epochText = (epoch: number): string => (epoch === 0 ? 'before the first step' : `epoch ${figure(epoch)}`);

/** "epoch 3.2 of 10 · loss 0.41 · top-1 91.2 %, best 91.5 % at epoch 2". */
export function standing({ epochs, points, validation }: TrainingCurve): string {
  const last = points.at(-1);
  const [score, best] = [validation?.scores.at(-1), validation?.scores.findLast((one) => one.best)];
  const parts = [`epoch ${last ? figure(last.epoch) : 0} of ${epochs}`];
  if (last) parts.push(`loss ${figure(last.loss)}`);
  if (validation && score) {
    const kept = best && best !== score ? `, best ${scoreText(best.value, validation.unit)} ${at(best.epoch)}` : '';
    parts.push(`${metricName(validation.metric)} ${scoreText(score.value, validation.unit)}${kept}`);
  }
  return parts.join(' · ');
}

/** In a word, of a training that is not going on. */
export function ending({ steps, points, stopped }: TrainingCurve): string {
  if (stopped !== undefined) return 'ended early';
  return (points.at(-1)?.step ?? 0) >= steps ? 'done' : 'not finished';
}

const at = (epoch: number): string => (epoch === 0 ? epochText(epoch) : `at ${epochText(epoch)}`);

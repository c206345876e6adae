import type { CurvePoint } from '../../../protocol/training.ts';
import { LatheError } from '../../base/errors.ts';
import { allFinite } from '../../base/numbers.ts';
import type { Batch } from '../../data/batches.ts';
import type { TrainingSettings } from '../settings.ts';
import type { Culprit } from './culprit.ts';

/** A loss that has grown this many times beyond that of the first steps (or 1) does not come back. */
const explosion = 1e4;

/** What is wrong with a loss; undefined: nothing. */
export function wrongLoss(loss: number, points: readonly CurvePoint[]): string | undefined {
  if (Number.isNaN(loss)) return 'the loss is not a number';
  if (!Number.isFinite(loss)) return 'the loss is infinite';
  const [first] = points;
  return first && loss > explosion * Math.max(1, first.loss)
    ? `the loss has grown to ${loss.toPrecision(2)}, more than ${explosion} times what it was at first`
    : undefined;
}

export interface Divergence {
  /** The step that went wrong, from 1. */
  readonly step: number;
  /** What is wrong. */
  readonly what: string;
  readonly culprit?: Culprit;
  readonly settings: TrainingSettings;
  /** The state before is kept: what a continued run takes as the result. */
  readonly kept?: string;
}

/** The training has left the numbers. */
export function divergenceError({ step, what, culprit, settings, kept }: Divergence): LatheError {
  const advice = [`a lower learning rate (learning-rate: ${settings['learning-rate'] / 10})`];
  if (settings.clip === 0) advice.push('shorter gradients (clip: 1)');
  if (settings['warm-up'] === 0) advice.push('a slow start (warm-up: 1)');
  const hint = `Try ${advice.join(', ')}.${kept === undefined ? '' : ` Resuming the run takes ${kept} as the result of this step.`}`;
  const where = culprit ? `, ${culprit.sign} at the layer ${JSON.stringify(culprit.layer)}` : '';
  return new LatheError('training.diverged', `step ${step}: ${what}${where}`, { ...(culprit ? { node: culprit.layer } : {}), hint }, 1);
}

/** Throws `training.pictures` where a batch itself holds such numbers. `step` from 1. */
export function checkPictures({ input, target, samples }: Batch, step: number): void {
  for (const tensor of [input, ...(target ? [target] : [])]) {
    const values = tensor.data as Float32Array;
    const size = values.length / samples.length;
    const row = samples.findIndex((_, i) => !allFinite(values.subarray(i * size, (i + 1) * size)));
    if (row < 0) continue;
    const hint = 'Look at the file, and at scale, mean and std of data.input.';
    throw new LatheError(
      'training.pictures',
      `step ${step}: training picture ${samples[row]! + 1} holds numbers that are not finite`,
      { hint },
      1,
    );
  }
}

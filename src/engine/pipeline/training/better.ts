import { meanInterval, type Interval } from '../../evaluate/interval.ts';
import type { Metric, MetricSetting } from '../../evaluate/metric.ts';
import type { ValidationScore } from '../../train/task.ts';

/** What scores of validation pictures are compared by. */
export interface Comparison {
  /** Absent where the data fit none: then the loss alone decides. */
  readonly metric: Metric | undefined;
  readonly setting: MetricSetting;
  /** The metric asks no more than how often answers are those of the model that the loss measures the distance from. */
  readonly byReference: boolean;
}

/** Half of a 95 % interval is so many standard errors. */
const half95 = 1.96;

/** Standard errors beyond which the metric needs no second opinion. */
const sure = 2;

/**
 * Whether a score is better than the best until then: a paired comparison, picture by picture, because a metric of few pictures is much luck, and the best of several
 * epochs by it is the luckiest. Gain of the metric and fall of the loss, each in standard errors of its own difference, must together be more than one standard error
 * (their sum is √2 wide). A metric that is sure by itself decides alone, but for one that only asks how often answers are those of the model that the loss measures the distance from.
 */
export function isBetter({ metric, setting, byReference }: Comparison, score: ValidationScore, best: ValidationScore): boolean {
  const [own, other] = [score.pictures, best.pictures];
  if (!own || !other) return score.better === 'high' ? score.value > best.value : score.value < best.value;
  const loss = own.losses && other.losses ? lossGain(own.losses, other.losses) : undefined;
  if (!metric) return loss !== undefined && loss > 1;
  if (Number.isNaN(best.value) || Number.isNaN(score.value)) return !Number.isNaN(score.value);
  const { value, confidence } = metric.difference(own.rows, other.rows, setting);
  const gain = (metric.better === 'high' ? 1 : -1) * inErrors(value, confidence);
  if (loss === undefined) return gain > 1;
  if (!byReference && Math.abs(gain) > sure) return gain > 0;
  return gain + loss > Math.SQRT2;
}

/** By how many standard errors the mean loss fell. */
function lossGain(losses: readonly number[], before: readonly number[]): number {
  const isWhole = (values: readonly number[]): boolean => values.every(Number.isFinite);
  if (!isWhole(losses)) return isWhole(before) ? -Infinity : 0;
  if (!isWhole(before)) return Infinity;
  const { value, confidence } = meanInterval(losses.map((loss, i) => before[i]! - loss));
  return inErrors(value, confidence);
}

/** A difference in units of its standard error. One that has no spread counts by its sign. */
function inErrors(value: number, [low, high]: Interval): number {
  const error = (high - low) / (2 * half95);
  return Number.isFinite(error) && error > 0 ? value / error : Math.sign(value) * Infinity || 0;
}

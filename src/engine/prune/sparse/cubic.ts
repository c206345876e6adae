import type { Place } from '../../train/task.ts';

/**
 * Part of the final sparsity that is reached at a place of a training: 1 − (1 − t / T)³, fast where there is much to take and slow towards the end; T is `ramp` of the training
 * (Zhu and Gupta, To prune, or not to prune, arXiv:1710.01878, eq. 1).
 */
export function cubicProgress({ step, stepsPerEpoch, epochs }: Place, ramp: number): number {
  const length = ramp * stepsPerEpoch * epochs;
  return step >= length ? 1 : 1 - (1 - step / length) ** 3;
}

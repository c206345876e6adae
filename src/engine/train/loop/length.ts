import type { TrainingTask } from '../task.ts';

/** How long a training is, in steps: several batches each, where gradients are accumulated. */
export interface TrainingLength {
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** From this step on batch normalization keeps to its stored statistics. */
  readonly frozenFrom: number;
}

export function lengthOf({ settings, batches, batchNormalization }: TrainingTask): TrainingLength {
  const stepsPerEpoch = Math.ceil(batches.stepsPerEpoch / settings.accumulate);
  const delay = settings['freeze-batch-normalization'] ?? Infinity;
  return {
    stepsPerEpoch,
    steps: Math.min(settings.epochs * stepsPerEpoch, settings['max-steps'] ?? Infinity),
    frozenFrom: batchNormalization === 'frozen' ? 0 : delay * stepsPerEpoch,
  };
}

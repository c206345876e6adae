import type { Checkpoint } from '../checkpoint.ts';

/** A stretch of the flat parameter vector with its own pace. */
export interface ParameterGroup {
  readonly offset: number;
  readonly size: number;
  /** Learning rate of this step; 0 leaves the parameters as they are. */
  readonly rate: number;
  /** Share of itself that each parameter loses, before the rate: 0 for biases and scales. */
  readonly decay: number;
}

/** What changes from step to step. */
export interface Update {
  readonly parameters: Float32Array;
  /** Of the same length; may be changed. */
  readonly gradients: Float32Array;
  /** Parameters that are in no group stay as they are. */
  readonly groups: readonly ParameterGroup[];
}

/** Changes parameters in place by their gradients. Keeps its own moments, which go into checkpoints. One file each. */
export interface Optimizer extends Checkpoint {
  step(update: Update): void;
}

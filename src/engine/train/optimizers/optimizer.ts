import type { Checkpoint } from '../checkpoint.ts';

/** What changes from step to step. */
export interface Update {
  readonly parameters: Float32Array;
  /** Of the same length; may be changed. */
  readonly gradients: Float32Array;
  /** Learning rate of this step. */
  readonly rate: number;
  /** Share of itself that each parameter loses: 0 for biases and for frozen ones. By parameter element. */
  readonly decay: Float32Array;
}

/** Changes parameters in place by their gradients. Keeps its own moments, which go into checkpoints. One file each. */
export interface Optimizer extends Checkpoint {
  step(update: Update): void;
}

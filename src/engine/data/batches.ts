import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { Box } from './types.ts';

/** Samples that a training step sees together. */
export interface Batch {
  /** Positions in the dataset, one for each row. */
  readonly samples: readonly number[];
  /** [size, …], as the model takes it. */
  readonly input: RuntimeTensor;
  /** Share of each class, [size, classes]: a one for the label, or a mixture of two. Absent without labels. */
  readonly labels?: RuntimeTensor;
  /** What the output should be (restoration), [size, …]. */
  readonly target?: RuntimeTensor;
  /** The input without what degradations of `augment` made of it, [size, …]: what a teacher may look at instead. Absent where there are none. */
  readonly clean?: RuntimeTensor;
  /** By row, in pixels of the input, where the samples have boxes. */
  readonly boxes?: readonly (readonly Box[])[];
}

/**
 * Batches of a dataset, all of one size: what is left at the end of an epoch is dropped. Equal seeds give equal batches, from whichever step
 * they are asked for.
 */
export interface BatchSource {
  readonly size: number;
  readonly stepsPerEpoch: number;
  /** Absent without labels. */
  readonly classes?: number;
  /** Samples of each class in the dataset. Absent without labels. */
  readonly classCounts?: readonly number[];
  /** A sample looks the same in every epoch: a teacher's answers may be kept. */
  readonly isFixed: boolean;
  /** Throws `data.*`, and Cancelled. */
  epoch(epoch: number, options: { readonly signal: AbortSignal; readonly fromStep?: number }): AsyncIterable<Batch>;
  /** Ends the threads that make batches. */
  close(): Promise<void>;
}

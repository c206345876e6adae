import type { Context } from '../../base/context.ts';
import type { Dataset } from '../../data/types.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** What looking at pictures needs. Labels are not read. */
export interface CompensationDependencies {
  readonly runtime: Runtime;
  readonly context: Context;
  readonly dataset: Dataset;
}

/**
 * In which order the channels of a group can go when the layers that read them make up for each one by least squares, and what that costs. Plain data: choosing
 * widths from it needs no pictures.
 */
export interface EliminationCurve {
  /** Name of the coupling group. */
  readonly group: string;
  /** All channels but the last one, in the order in which they go. */
  readonly order: readonly number[];
  /**
   * What each of them adds to the mean squared error of the readers' outputs when those before it are gone, as a share of the outputs' variance,
   * summed over the readers: by place in `order`. Never falls below 0; not necessarily rising.
   */
  readonly increases: readonly number[];
}

/** How a layer of the pruned model came out. Plain data. */
export interface CompensatedLayer {
  readonly layer: string;
  /**
   * Mean squared error of what the layer makes in the pruned model, against the model as it was, as a share of the variance there: as cut, and
   * with the new weights. On the pictures of the compensation, and in front of the activation function: where that hides a part, `after` may be the larger one.
   */
  readonly before: number;
  readonly after: number;
  /** Why its outputs were only given the means and variances of the original, where least squares were not done. */
  readonly rescaled?: string;
}

/** A layer that reads what is gone, or what follows from it, and keeps the weights that it was cut to. Plain data. */
export interface LeftAlone {
  readonly name: string;
  /** "its weights are stored as float16". */
  readonly reason: string;
}

/** What was made of the layers of a pruned model. */
export interface Compensation {
  readonly layers: readonly CompensatedLayer[];
  readonly left: readonly LeftAlone[];
}

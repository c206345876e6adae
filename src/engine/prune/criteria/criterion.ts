import type { Static, TObject } from '@sinclair/typebox';
import type { Context } from '../../base/context.ts';
import type { Declaration } from '../../base/declaration.ts';
import type { BatchSource } from '../../data/batches.ts';
import type { Dataset } from '../../data/types.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { Coupling, CouplingGroup } from '../groups/types.ts';

/** Pictures for the criteria that look at them. */
export interface CriterionPictures {
  /** As the model takes them; their labels are not looked at. */
  readonly dataset: Dataset;
  readonly runtime: Runtime;
  readonly context: Context;
  /** What the model is trained for, with labelled batches; absent: how far its own answers move stands for the loss. */
  readonly task?: { readonly losses: readonly WeightedLoss[]; readonly batches: BatchSource };
}

export interface CriterionRequest {
  /** Weights loaded; not changed. */
  readonly model: Model;
  readonly coupling: Coupling;
  readonly seed: number;
  /** Absent where there are none; needed where the criterion `looksAt` them. */
  readonly pictures?: CriterionPictures;
}

/**
 * What the parts of a group say of its channels: one vector by channel for each tensor or value that has a say, higher is more important. Empty: nothing is known, and all
 * channels are alike.
 */
export type Votes = readonly Float64Array[];

/** Says how much each channel is worth. One file in this folder, one line in index.ts. */
export interface Criterion<Parameters extends TObject = TObject> {
  readonly declaration: Declaration<Parameters>;
  readonly looksAt: 'weights' | 'pictures';
  /** Comparable between groups as it is: `normalize` is not applied. */
  readonly comparable?: boolean;
  /** Errors that add up over channels and groups: where a cost is the goal, groups compete by importance for each unit of cost saved. */
  readonly additive?: boolean;
  /** Throws LatheError `prune.pictures` where they are missing, `prune.criterion` where the model has nothing to look at, `data.*`, `runtime.*`, and Cancelled. */
  open(request: CriterionRequest, parameters: Static<Parameters>): Promise<(group: CouplingGroup) => Votes>;
  /** Turns the reduced votes of a group into its importance. */
  finish?(importance: Float64Array): Float64Array;
}

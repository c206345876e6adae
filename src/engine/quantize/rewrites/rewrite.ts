import type { Model, Node } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import type { ForLayer } from '../layer-settings.ts';
import type { QuantizeDependencies, QuantizeRequest } from '../types.ts';
import type { BatchNormStatistics } from '../batch-norm-statistics.ts';
import type { ChannelGroup } from './channel-groups.ts';
import type { ChannelRanges } from './channel-ranges.ts';

export interface RewriteRequest {
  /** Float, cleaned up; changed in place. */
  readonly model: Model;
  readonly request: QuantizeRequest;
  readonly dependencies: QuantizeDependencies;
  readonly shapes: Shapes;
  /** A layer with a `reason` must be left as it is. */
  readonly forLayer: (node: Node) => ForLayer;
  /** Of the model as it came, before batch normalization was folded. */
  readonly batchNorm: BatchNormStatistics;
}

/** What rewrites work on. */
export interface RewriteState extends RewriteRequest {
  /** Of the values that the rewrites asked for; whoever changes the scale of a value's channels changes it here too. */
  readonly channels: ChannelRanges;
  /** Values whose channels can be scaled together, in the model as it is now. */
  groups(): ChannelGroup[];
}

/** Whose channels must be known, and when a pass over the pictures may end early. */
export interface Wish {
  /** Value with its channel axis. */
  readonly values: ReadonlyMap<string, number>;
  /** False while more pictures could still change the answer. */
  enough?(channels: ChannelRanges): boolean;
}

/** A change of the float model that makes it easier to quantize. */
export interface Rewrite {
  readonly name: string;
  /** Whether the settings (or the target) ask for it. */
  wanted(request: QuantizeRequest): boolean;
  /** What it needs to know of the values; all rewrites are asked before the first one runs. */
  wish?(state: RewriteState): Wish;
  /** Returns what it did, in sentences for the report; empty when there was nothing to do. */
  run(state: RewriteState): string[];
}

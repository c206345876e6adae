import type { Model } from '../../onnx/graph.ts';
import type { ValueInfo } from '../../onnx/graph.ts';
import type { Attributes } from '../../ops/gradient/rule.ts';

/** Where a loss is added to a step's graph. Values are names. */
export interface LossSite {
  readonly model: Model;
  /** The network's outputs, in its order, with their shapes. */
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Adds an input that every batch brings (labels, a teacher's answer). */
  input(info: ValueInfo): string;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  number(value: number): string;
  indices(values: readonly number[]): string;
  constant(dims: readonly number[], values: Float32Array): string;
}

/** What a batch must bring for a loss. `labels`: int64 [batch]; `teacher`: one tensor for each output; `target`: as the first output. */
export type BatchInput = 'labels' | 'teacher' | 'target';

/** A loss with its settings: adds its nodes and returns a scalar, the mean over the batch. One file each. */
export interface Loss {
  readonly name: string;
  readonly needs: readonly BatchInput[];
  build(site: LossSite): string;
}

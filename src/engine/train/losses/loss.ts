import type { Batch } from '../../data/batches.ts';
import type { DataType } from '../../onnx/data-type.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { Model, ValueInfo } from '../../onnx/graph.ts';
import type { Attributes } from '../../ops/gradient/rule.ts';

/** Where a loss is added to a step's graph. Values are names. */
export interface LossSite {
  readonly model: Model;
  /** The network's outputs, in its order, with their shapes. */
  readonly outputs: readonly LossValue[];
  /** An inner value of the network by name. Throws `training.no-value` when it has none of this name or its shape is not known. */
  value(name: string): LossValue;
  /** Shares of the classes, float32 [batch, classes]: an input that every batch brings. */
  labels(classes: number): string;
  /** What a value should be, by default the first output, of its shape: an input that every batch brings. */
  target(of?: LossValue): string;
  /** The teacher's value of this name: an input that every batch brings, [batch, …]. Throws `training.no-value` where there is no teacher with such a value. */
  teacher(name: string): LossValue;
  /** Inputs that every batch brings in a form of this loss: `make` gives their data, in their order. Returns their names in the graph. */
  batch(inputs: readonly BatchInput[], make: BatchFeed['make']): string[];
  /** A weight of the loss itself (an adapter), trained with the others and thrown away afterwards. */
  weight(name: string, initial: Tensor): string;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  emitSeveral(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[];
  number(value: number): string;
  indices(values: readonly number[]): string;
  constant(dims: readonly number[], values: Float32Array): string;
}

export interface LossValue {
  readonly name: string;
  readonly shape: readonly number[];
}

/** An input of a step's graph that is made of every batch. */
export interface BatchInput {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
}

/** What a loss makes of every batch. */
export interface BatchFeed {
  readonly inputs: readonly BatchInput[];
  make(batch: Batch): readonly RuntimeTensor['data'][];
}

/** A loss with its settings: adds its nodes and returns a scalar, the mean over the batch. One file each. */
export interface Loss {
  readonly name: string;
  build(site: LossSite): string;
}

export interface WeightedLoss {
  readonly loss: Loss;
  readonly weight: number;
}

/** Names of the inputs that a step's graph has for its losses. */
export const lossInputs = { labels: 'labels', target: 'target', teacher: (value: string): string => `teacher/${value}` } as const;

/** What a step needs of a teacher: its values by name, with shapes for one batch. */
export type TeacherValues = ReadonlyMap<string, ValueInfo>;

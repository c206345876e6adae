import { cloneGraph } from '../../onnx/clone.ts';
import type { Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { trainBatchNormalization, type StepGraph } from '../step-graph.ts';

/** Part of a running statistic that each batch replaces (PyTorch's momentum). */
const momentum = 0.1;

/** The stored statistics of batch normalization, flat, in the order of a step's; empty where they never change. */
export class RunningStatistics {
  readonly values: Float32Array;
  readonly #places: StepGraph['statistics'];

  constructor(graph: Graph, batchNormalization: 'training' | 'frozen') {
    this.#places = batchNormalization === 'training' ? trainBatchNormalization(cloneGraph(graph)) : [];
    this.values = new Float32Array(this.#places.reduce((sum, { size }) => sum + size, 0));
    for (const { name, offset } of this.#places) this.values.set(graph.initializers.get(name)!.toFloat32(), offset);
  }

  /** Moves towards the statistics of one batch. */
  follow(batch: Float32Array): void {
    const { values } = this;
    for (let i = 0; i < values.length; i++) values[i]! += momentum * (batch[i]! - values[i]!);
  }

  /** Puts values into a model, as copies. */
  write(graph: Graph, values: Float32Array): void {
    for (const { name, offset, size } of this.#places)
      graph.initializers.set(name, Tensor.float32([size], values.subarray(offset, offset + size)));
  }
}

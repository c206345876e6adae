import { throwIfCancelled } from '../../base/errors.ts';
import type { BatchSource } from '../../data/batches.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import { attributes, type Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { rebatch } from '../rebatch.ts';
import type { TrainDependencies } from '../task.ts';

export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Batches that are looked at: means over some hundred pictures stand still. */
const mostBatches = 10;

/**
 * Mean and variance over pictures and places of each channel (axis 1) of some inner values, on training pictures as training sees them; by the order of `values`. Throws
 * `data.*`, `runtime.*`, and Cancelled.
 */
export async function outputStatistics(
  model: Model,
  values: readonly { readonly name: string; readonly rank: number }[],
  batches: BatchSource,
  { runtime, context }: Pick<TrainDependencies, 'runtime' | 'context'>,
): Promise<ChannelStatistics[]> {
  const forward = cloneModel(model);
  rebatch(forward, batches.size);
  const outputs = values.map(({ name, rank }) => addMoments(forward, name, rank));
  forward.graph.outputs = outputs.flat().map((name) => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } }));
  forward.graph.prune();
  const input = model.graph.requiredInputs[0]!.name;
  const session = await runtime.load(encodeModel(forward), { optimize: 'basic', threads: context.threads });
  const sums: Float64Array[][] = [];
  let count = 0;
  try {
    for await (const batch of batches.epoch(0, { signal: context.signal })) {
      throwIfCancelled(context.signal);
      const found = await session.run({ [input]: batch.input });
      outputs.forEach((names, at) => {
        const read = names.map((name) => found[name]!.data as Float32Array);
        const kept = (sums[at] ??= read.map(({ length }) => new Float64Array(length)));
        read.forEach((data, which) => data.forEach((value, channel) => (kept[which]![channel]! += value)));
      });
      if (++count === mostBatches) break;
    }
  } finally {
    await session.dispose();
  }
  return sums.map(([means, squares]) => {
    const mean = means!.map((sum) => sum / count);
    return { mean, variance: squares!.map((sum, channel) => Math.max(0, sum / count - mean[channel]! ** 2)) };
  });
}

/** Mean of the value and of its square, by channel. */
function addMoments({ graph }: Model, value: string, rank: number): [string, string] {
  const axes = graph.uniqueName(`${value}/axes`);
  const others = [...Array(rank).keys()].filter((axis) => axis !== 1);
  graph.initializers.set(axes, Tensor.int64([others.length], others));
  const emit = (op: string, inputs: string[], settings = {}): string => {
    const output = graph.uniqueName(`${value}/${op}`);
    graph.add(new Node(output, op, inputs, [output], attributes(settings)));
    return output;
  };
  const mean = emit('ReduceMean', [value, axes], { keepdims: 0 });
  const square = emit('Mul', [value, value]);
  return [mean, emit('ReduceMean', [square, axes], { keepdims: 0 })];
}

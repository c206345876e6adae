import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model } from '../../onnx/graph.ts';
import type { BatchSource } from '../../data/batches.ts';
import { lower } from '../lower/lowering.ts';
import { portable } from '../lower/portable/index.ts';
import { rebatch } from '../rebatch.ts';
import { flatStatistics, trainBatchNormalization } from '../step-graph.ts';
import type { TrainDependencies } from '../task.ts';

/** Batches that are looked at: more than this change the statistics by less than they differ from batch to batch. */
const mostBatches = 50;

/**
 * Mean and variance of every batch normalization over training pictures with the weights as they are, instead of running means over weights that were still changing
 * (Wu and Johnson 2021, "Rethinking Batch in BatchNorm", section 3). Flat, in the order of a step's statistics. Throws `data.*`, `runtime.*`, and Cancelled.
 */
export async function reEstimate(model: Model, batches: BatchSource, { runtime, context }: TrainDependencies): Promise<Float32Array> {
  const forward = cloneModel(model);
  rebatch(forward, batches.size);
  const places = trainBatchNormalization(forward.graph);
  const output = flatStatistics(forward.graph, places);
  forward.graph.outputs = [{ name: output, type: { kind: 'tensor', elementType: DataType.float32 } }];
  lower(forward, portable);
  const input = model.graph.requiredInputs[0]!.name;
  const size = places.reduce((sum, place) => sum + place.size, 0);
  const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
  const session = await runtime.load(encodeModel(forward), { optimize: 'basic', threads: context.threads, unplannedMemory: true });
  let count = 0;
  try {
    for await (const batch of batches.epoch(0, { signal: context.signal })) {
      throwIfCancelled(context.signal);
      const statistics = (await session.run({ [input]: batch.input }))[output]!.data as Float32Array;
      for (let i = 0; i < size; i++) {
        sums[i]! += statistics[i]!;
        squares[i]! += statistics[i]! ** 2;
      }
      if (++count === mostBatches) break;
    }
  } finally {
    await session.dispose();
  }
  return pooled(places, sums, squares, count);
}

/** Means are averaged; a variance is the mean of the batches' variances and the variance of their means. Places come in pairs. */
function pooled(
  places: readonly { readonly offset: number; readonly size: number }[],
  sums: Float64Array,
  squares: Float64Array,
  count: number,
): Float32Array {
  const found = Float32Array.from(sums, (sum) => sum / count);
  for (let pair = 0; pair < places.length; pair += 2) {
    const [means, variances] = [places[pair]!, places[pair + 1]!];
    for (let i = 0; i < means.size; i++) {
      const between = squares[means.offset + i]! / count - (sums[means.offset + i]! / count) ** 2;
      found[variances.offset + i]! += Math.max(0, between);
    }
  }
  return found;
}

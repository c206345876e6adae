import { throwIfCancelled } from '../base/errors.ts';
import { seededRandom, shuffle } from '../base/random.ts';
import { DataType } from '../onnx/data-type.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { Batch, BatchSource } from './batches.ts';
import type { Dataset, LoadedSample } from './types.ts';

export interface BatchRequest {
  readonly size: number;
  readonly seed: number;
  /** Width of the labels' rows; absent without labels. */
  readonly classes?: number;
}

/** Batches in a new order each epoch. Reads the dataset once and keeps it. Throws `data.*`. */
export async function openBatches(dataset: Dataset, { size, seed, classes }: BatchRequest, signal: AbortSignal): Promise<BatchSource> {
  const samples: LoadedSample[] = [];
  for await (const sample of dataset.stream({ signal })) samples.push(sample);
  const rows = Math.min(size, samples.length);
  const stepsPerEpoch = Math.floor(samples.length / rows);
  return {
    size: rows,
    stepsPerEpoch,
    isFixed: true,
    ...(classes === undefined ? {} : { classes }),
    async *epoch(epoch, { signal: cancelled, fromStep = 0 }) {
      const order = shuffle(
        samples.map((_, i) => i),
        seededRandom(seed, `epoch ${epoch}`),
      );
      for (let step = fromStep; step < stepsPerEpoch; step++) {
        throwIfCancelled(cancelled);
        yield batchOf(
          order.slice(step * rows, (step + 1) * rows).map((i) => samples[i]!),
          classes,
        );
      }
    },
  };
}

function batchOf(samples: readonly LoadedSample[], classes: number | undefined): Batch {
  const targets = samples.flatMap(({ target }) => (target ? [target] : []));
  return {
    samples: samples.map(({ index }) => index),
    input: stacked(samples.map(({ input }) => input)),
    ...(classes === undefined ? {} : { labels: oneHot(samples, classes) }),
    ...(targets.length === samples.length ? { target: stacked(targets) } : {}),
  };
}

function stacked(tensors: readonly RuntimeTensor[]): RuntimeTensor {
  const [{ dims }] = tensors as [RuntimeTensor];
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(size * tensors.length);
  tensors.forEach((tensor, i) => data.set(tensor.data as Float32Array, i * size));
  return { type: DataType.float32, dims: [tensors.length, ...dims], data };
}

function oneHot(samples: readonly LoadedSample[], classes: number): RuntimeTensor {
  const data = new Float32Array(samples.length * classes);
  samples.forEach(({ label }, i) => (data[i * classes + label!] = 1));
  return { type: DataType.float32, dims: [samples.length, classes], data };
}

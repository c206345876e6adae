import { throwIfCancelled } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import type { Batch, BatchSource } from '../../data/batches.ts';
import type { Dataset } from '../../data/types.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Model } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { upgradeOpset } from '../../simplify/upgrade-opset.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import { batchFeeds } from '../../train/loop/step-session.ts';
import type { Loss } from '../../train/losses/loss.ts';
import { portable } from '../../train/lower/portable/index.ts';
import { flatten, type Parameter } from '../../train/parameters.ts';
import { takePictureSize } from '../../train/picture-size.ts';
import { stepGraph } from '../../train/step-graph.ts';
import type { CriterionPictures, CriterionRequest } from './criterion.ts';

/** Opset whose operators the gradient rules are written for. */
const opset = 21;

/** Pictures of one run where no batches are given. Each run says one thing of each weight, so more say more: the fewer, the finer. */
const unlabelledBatch = 8;

/** Labelled pictures that are looked at one by one, at most. */
const mostSingles = 512;

/** Gradients of a batch's loss by the stored tensors that have one, by name. Lent: good until the next. */
export type TensorGradients = ReadonlyMap<string, Float32Array>;

export interface GradientOptions {
  /** The loss of one picture at a time, where there is a task: squares of gradients do not mix pictures. */
  readonly singly: boolean;
}

/**
 * Runs the pictures through the model and hands out the gradients of each batch: of the task's loss where there is one, else of a random projection of the outputs (each element
 * with a sign of its own), whose square is on average the squared change of the outputs: the Gauss-Newton approximation of any loss that grows with it. Batch normalization is as
 * it is when the model is used. Throws `training.no-gradient`, `training.dynamic`, `data.*`, `runtime.*`, and Cancelled.
 */
export async function eachGradient(
  { model: original, coupling, seed }: CriterionRequest,
  pictures: CriterionPictures,
  { singly }: GradientOptions,
  take: (gradients: TensorGradients) => void,
): Promise<void> {
  const { runtime, context } = pictures;
  const model = cloneModel(original);
  upgradeOpset(model, opset);
  const parameters = storedParameters(model.graph, coupling.groups.flatMap(({ slices }) => slices.map(({ tensor }) => tensor))); // prettier-ignore
  const { task, dataset } = pictures;
  const losses = task?.losses ?? [{ loss: projection(seed), weight: 1 }];
  const batches = !task ? unlabelled(model, dataset) : singly ? singles(task.batches) : task.batches;
  await takePictureSize(model, batches, context.signal);
  const graph = stepGraph(model, { batch: batches.size, parameters, losses, lowering: portable, batchNormalization: 'frozen' });
  const session = await runtime.load(encodeModel(graph.model), { optimize: 'none', threads: context.threads, unplannedMemory: true });
  const weights = flatten(model.graph, parameters);
  const input = model.graph.requiredInputs[0]!.name;
  try {
    let done = 0;
    for await (const batch of batches.epoch(0, { signal: context.signal })) {
      throwIfCancelled(context.signal);
      const flat = { type: DataType.float32, dims: [weights.length], data: weights };
      const feeds = { ...batchFeeds(input, batch, {}, graph.feeds), [graph.names.parameters]: flat };
      const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => graph.model.graph.isInput(name)));
      const made = (await session.run(known, [graph.names.gradients]))[graph.names.gradients]!.data as Float32Array;
      take(new Map(parameters.map(({ name, offset, size }) => [name, made.subarray(offset, offset + size)])));
      context.progress.report({ phase: 'gradients', done: ++done, total: batches.stepsPerEpoch, unit: 'batches' });
    }
  } finally {
    await session.dispose();
  }
}

/** Stored float32 tensors as parameters of a step, each once. */
function storedParameters(graph: Graph, names: readonly string[]): Parameter[] {
  let offset = 0;
  return [...new Set(names)].flatMap((name) => {
    const tensor = graph.initializers.get(name);
    if (tensor?.type !== DataType.float32) return [];
    const { dims, size } = tensor;
    offset += size;
    return [{ name, dims, size, offset: offset - size, layer: name, decays: false }];
  });
}

/** Sum of the outputs' elements, each with a random sign. */
const projection = (seed: number): Loss => ({
  name: 'projection',
  build(site) {
    const sums = site.outputs.map(({ name, shape }) => {
      const random = seededRandom(seed, `projection:${name}`);
      const signs = Float32Array.from({ length: shape.reduce((all, dim) => all * dim, 1) }, () => (random.next() < 0.5 ? -1 : 1));
      return site.emit('ReduceSum', [site.emit('Mul', [name, site.constant(shape, signs)])], { keepdims: 0 });
    });
    return sums.length === 1 ? sums[0]! : site.emit('Sum', sums);
  },
});

/** Batches of one row each. */
function singles(batches: BatchSource): BatchSource {
  const wanted = Math.min(mostSingles, batches.stepsPerEpoch * batches.size);
  return {
    ...batches,
    size: 1,
    stepsPerEpoch: wanted,
    async *epoch(epoch, options) {
      let left = wanted;
      for await (const batch of batches.epoch(epoch, options)) {
        for (let row = 0; row < batch.samples.length; row++) {
          if (left-- === 0) return;
          yield rowOf(batch, row);
        }
      }
    },
  };
}

function rowOf({ samples, input, labels, target, boxes }: Batch, row: number): Batch {
  const cut = (tensor: RuntimeTensor): RuntimeTensor => {
    const length = tensor.data.length / tensor.dims[0]!;
    return {
      type: tensor.type,
      dims: [1, ...tensor.dims.slice(1)],
      data: (tensor.data as Float32Array).slice(row * length, (row + 1) * length),
    };
  };
  return {
    samples: [samples[row]!],
    input: cut(input),
    ...(labels ? { labels: cut(labels) } : {}),
    ...(target ? { target: cut(target) } : {}),
    ...(boxes ? { boxes: [boxes[row]!] } : {}),
  };
}

/** Batches of the pictures in their order, what is left over dropped; fewer pictures than one batch are one. */
function unlabelled(model: Model, dataset: Dataset): BatchSource {
  const count = dataset.samples.length;
  const size = Math.max(1, Math.min(unlabelledBatch, count));
  const toFeeds = pictureFeeder(model);
  return {
    size,
    stepsPerEpoch: Math.floor(count / size),
    isFixed: true,
    close: () => Promise.resolve(),
    async *epoch(_, { signal }) {
      let samples: number[] = [];
      let rows: Float32Array[] = [];
      for await (const sample of dataset.stream({ signal })) {
        const [tensor] = Object.values(toFeeds(sample));
        const { dims, data } = tensor!;
        const picture = dims.slice(1);
        const length = picture.reduce((all, dim) => all * dim, 1);
        samples.push(sample.index);
        rows.push(Float32Array.from(data as Float32Array).subarray(0, length));
        if (rows.length < size) continue;
        const all = new Float32Array(size * length);
        rows.forEach((row, i) => all.set(row, i * length));
        yield { samples, input: { type: DataType.float32, dims: [size, ...picture], data: all } } satisfies Batch;
        [samples, rows] = [[], []];
      }
    },
  };
}

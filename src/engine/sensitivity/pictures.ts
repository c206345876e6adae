import type { Context } from '../base/context.ts';
import type { Dataset, LoadedSample } from '../data/types.ts';
import { firstOfBatch } from '../evaluate/outputs.ts';
import type { Outputs } from '../evaluate/metric.ts';
import { dataTypeBits } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { inferShapes } from '../ops/infer.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import type { Cuts } from './cuts.ts';
import type { Values } from './part-session.ts';

/** Bytes of activations and pictures that are held at once, unless the caller says otherwise. */
export const defaultMemory = 256 * 2 ** 20;

/** What a value whose shape is not known before running is taken for. */
const unknownBytes = 16 * 2 ** 20;

export const bytesOf = ({ data }: RuntimeTensor): number => (ArrayBuffer.isView(data) ? data.byteLength : 64 * data.length);

/** Pictures whose values are held together, one chunk after another: as many as fit `memory`, and at least one. */
export async function* chunks(
  { dataset, range, context }: { dataset: Dataset; range: { from: number; to: number }; context: Context },
  needs: (sample: LoadedSample) => number,
  memory: number,
): AsyncGenerator<LoadedSample[]> {
  let chunk: LoadedSample[] = [];
  let room = memory;
  for await (const sample of dataset.stream({ signal: context.signal, ...range })) {
    const bytes = needs(sample);
    if (bytes > room && chunk.length > 0) {
      yield chunk;
      [chunk, room] = [[], memory];
    }
    chunk.push(sample);
    room -= bytes;
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * Bytes that a picture takes while the model is swept: itself, the most that is ever kept for a group of places, what is made of it, and its
 * answers twice. Asked of shape inference once for each size of picture.
 */
export function pictureBytes(model: Model, cuts: Cuts, groups: readonly (readonly number[])[]): (sample: LoadedSample) => number {
  const feed = pictureFeeder(model);
  const known = new Map<string, number>();
  return (sample) => {
    const feeds = feed(sample);
    const key = JSON.stringify(Object.values(feeds).map(({ dims }) => dims));
    const bind = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    let bytes = known.get(key);
    if (bytes === undefined) known.set(key, (bytes = mostLive(model, cuts, groups, bind)));
    return bytes + bytesOf(sample.input) + (sample.target ? bytesOf(sample.target) : 0);
  };
}

function mostLive(model: Model, cuts: Cuts, groups: readonly (readonly number[])[], bind: Record<string, readonly number[]>): number {
  const shapes = inferShapes(model, { bind });
  const sizes = new Map<string, number>();
  const sizeOf = (value: string): number => {
    let size = sizes.get(value);
    if (size === undefined) {
      const { shape, type } = shapes.of(value) ?? {};
      const elements = shape?.every((dim) => typeof dim === 'number') ? shape.reduce((product, dim) => product * dim, 1) : undefined;
      size = elements === undefined ? unknownBytes : (elements * (dataTypeBits(type ?? 0) ?? 32)) / 8;
      sizes.set(value, size);
    }
    return size;
  };
  const total = (values: readonly string[]): number => values.reduce((sum, value) => sum + sizeOf(value), 0);
  let most = 0;
  for (let place = 0; place <= cuts.end; place++) most = Math.max(most, total(cuts.live(place)));
  const kept = groups.reduce((bytes, places) => Math.max(bytes, total(cuts.liveAtAny(places))), most);
  return kept + most + 2 * total(cuts.live(cuts.end));
}

/** The model's answers among a picture's values, for one picture of a batch that the model fixes. */
export function answers(model: Model, values: Values, batch: number): Outputs {
  const found = model.graph.outputs.flatMap(({ name }): [string, RuntimeTensor][] => {
    const tensor = values.get(name);
    return tensor ? [[name, tensor]] : [];
  });
  return firstOfBatch(Object.fromEntries(found), batch);
}

/** How often a picture is repeated to fill a batch that the model fixes. */
export function batchOf(model: Model, { input }: LoadedSample): number {
  const type = model.graph.requiredInputs[0]?.type;
  const shape = type?.kind === 'tensor' ? type.shape : undefined;
  return shape && shape.length === input.dims.length + 1 && typeof shape[0] === 'number' ? shape[0] : 1;
}

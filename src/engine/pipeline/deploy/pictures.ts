import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../../base/context.ts';
import { npyBytes } from '../../base/npy.ts';
import { seededRandom } from '../../base/random.ts';
import type { Dataset, LoadedSample } from '../../data/types.ts';
import type { Model } from '../../onnx/graph.ts';
import { numbersOf } from '../../evaluate/outputs.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import { modelInputs, openFor } from '../run-data.ts';

/** Without test data outputs are compared on these many calibration pictures. */
const withoutTest = 16;

/** Pictures for a board: those of `data.test`, else some of the calibration, else one of noise. */
export interface BoardPictures {
  /** Absent for noise. */
  readonly dataset?: Dataset;
  /** There are answers to measure against. */
  readonly isTest: boolean;
  /** All of `data.test`. */
  readonly whole: boolean;
  readonly count: number;
  /** As the model sees them, again and again the same. */
  samples(signal: AbortSignal): AsyncIterable<LoadedSample>;
}

/** Throws `data.*`. */
export async function picturesFor(
  model: Model,
  recipe: ResolvedRecipe,
  most: number | undefined,
  context: Context,
): Promise<BoardPictures> {
  const { test, calibration, input } = recipe.data;
  const source = test ?? calibration;
  if (!source) return noise(model, recipe.seed);
  const bound = test ? most : Math.min(most ?? withoutTest, withoutTest);
  const count = bound === undefined ? source.count : Math.min(bound, source.count ?? bound);
  const request = {
    source: count === undefined ? source : { ...source, count },
    folder: recipe.folder,
    input,
    seed: recipe.seed,
    atMost: true,
  };
  const dataset = await openFor(model, request, context);
  return {
    dataset,
    isTest: test !== undefined,
    whole: test !== undefined && count === source.count,
    count: dataset.samples.length,
    samples: (signal) => dataset.stream({ signal }),
  };
}

/** Something to time a model with: standard normal values. None where the input has free dimensions. */
function noise(model: Model, seed: number): BoardPictures {
  const [input, ...others] = modelInputs(model);
  const dims = (input?.shape ?? []).slice(1);
  if (!input || others.length || !dims.every((dim) => typeof dim === 'number')) {
    return { isTest: false, whole: false, count: 0, samples: () => fromList([]) };
  }
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => random.normal());
  const geometry = { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 };
  const sample: LoadedSample = { index: 0, id: 'noise', input: { type: input.type, dims, data }, geometry };
  return { isTest: false, whole: false, count: 1, samples: () => fromList([sample]) };
}

async function* fromList(samples: readonly LoadedSample[]): AsyncGenerator<LoadedSample> {
  yield* samples;
}

/** Written pictures: the files in order, and which one is whose. */
export interface WrittenPictures {
  readonly files: readonly string[];
  /** By the sample's index: position in `files`. Corrupt pictures have none. */
  readonly place: ReadonlyMap<number, number>;
}

/** Writes each picture as the model gets it, as float32 with a batch of 1: a board needs no decoder and no preprocessing. */
export async function writePictures(
  model: Model,
  pictures: BoardPictures,
  folder: string,
  signal: AbortSignal,
  onPicture: (done: number) => void,
): Promise<WrittenPictures> {
  await mkdir(folder, { recursive: true });
  const feed = pictureFeeder(model);
  const files: string[] = [];
  const place = new Map<number, number>();
  for await (const sample of pictures.samples(signal)) {
    const [tensor] = Object.values(feed(sample));
    if (!tensor) continue;
    const file = path.join(folder, `${String(files.length).padStart(6, '0')}.npy`);
    await writeFile(file, npyBytes(tensor.dims, Float32Array.from(numbersOf(tensor))));
    place.set(sample.index, files.length);
    files.push(file);
    onPicture(files.length);
  }
  return { files, place };
}

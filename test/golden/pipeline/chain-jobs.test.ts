import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob, runRecipe } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { compositionOf } from '../../../src/engine/chain/split.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { hashModel } from '../../../src/engine/pipeline/hash.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { smallJob } from '../../support/small-job.ts';

let folder = '';
let parts: Record<string, unknown>;

/** A new network that makes a picture of a picture, then the one that classifies it. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-chain-jobs-'));
  const { recipe } = await smallJob(folder, 30);
  const { calibration, test, input } = recipe.data;
  parts = {
    version: 1,
    models: {
      restore: { new: 'unet', classes: 1, input: [1, 16, 16], width: 0.125, stride: 2 },
      classify: { model: recipe.model, input: { from: 'restore', scale: 2, mean: 0.1 } },
    },
    chain: ['restore', 'classify'],
    data: { input, calibration: { path: calibration!.path }, test: { path: test!.path, labels: 'folders' } },
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recipeOf(...steps: Record<string, unknown>[]): Promise<ResolvedRecipe> {
  const { resolved, issues } = await prepareObject({ ...parts, steps }, { folder, runs: path.join(folder, 'runs'), for: 'run' });
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return resolved!;
}
const deps = () => ({ context: plainContext(), onProgress: () => {}, onRunFolder: () => {} });
const compose = async (recipe: ResolvedRecipe): Promise<string> =>
  (await runJob({ kind: 'compose', recipe: { resolved: recipe } }, deps())).output.path;

it('composes once, and again when a model is another one', async () => {
  const recipe = await recipeOf({ quantize: {} });
  const file = await compose(recipe);
  const { mtimeMs } = await stat(file);
  expect(await compose(recipe)).toBe(file);
  expect((await stat(file)).mtimeMs).toBe(mtimeMs);
  const before = await hashModel(file);
  const restore = { ...recipe.models!['restore']!, seed: 5 } as never;
  expect(await compose({ ...recipe, models: { ...recipe.models, restore } })).toBe(file);
  expect((await hashModel(file)).sha256).not.toBe(before.sha256);
  // Half a file is none.
  await writeFile(file, (await readFile(file)).subarray(0, 1000));
  await compose(recipe);
  expect(await hashModel(file)).toEqual(before);
});

it('is the same file, byte for byte, as the one that a run works on, and carries the preprocessing', async () => {
  const recipe = await recipeOf({ quantize: {} });
  const file = await compose(recipe);
  const run = await runRecipe({ ...recipe, steps: [] }, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
  expect((await hashModel(path.join(run.run, 'models', 'chain.onnx'))).sha256).toBe((await hashModel(file)).sha256);
  const model = await readModel(file);
  expect(JSON.parse(model.metadata.get('lathe.input')!)).toEqual(parts['data'] && (parts['data'] as Record<string, unknown>)['input']);
  expect(compositionOf(model)?.links.map(({ alias }) => alias)).toEqual(['restore', 'classify']);
});

it('tells of layers of the first model what they do to the answer of the last', async () => {
  const recipe = await recipeOf(
    { quantize: { on: 'classify', 'correct-bias': false } },
    { quantize: { on: 'restore', 'weight-range': 'max' } },
  );
  const job = { kind: 'analyze', recipe: { resolved: recipe }, method: 'isolated', metric: 'mse', samples: 30 } as const;
  const found = await runJob({ ...job, widths: [{ weights: 3, activations: 'float' }] }, deps());
  if (!('layers' in found)) throw new Error('it wrote a part');
  const aliases = new Set(found.layers.map(({ name }) => name.split(':')[0]));
  expect(aliases).toEqual(new Set(['restore', 'classify']));
  const worst = found.layers.find(({ name }) => name.startsWith('restore:'))!;
  expect(worst.value! / (await meanSquaredError(found.model, worst.name))).toBeCloseTo(1, 3);
});

/** What ONNX Runtime answers at the end of the whole with the weights of one layer at 3 bits, channel by channel, beside what it answers in float. */
async function meanSquaredError(file: string, layer: string): Promise<number> {
  const [float, rounded] = [await readModel(file), await readModel(file)];
  const node = rounded.graph.nodes.find(({ label }) => label === layer)!;
  const { dims } = rounded.graph.initializers.get(node.inputs[1]!)!;
  const values = [...(rounded.graph.initializers.get(node.inputs[1]!)!.typed() as Float32Array)];
  const size = values.length / dims[0]!;
  const scales = Array.from({ length: dims[0]! }, (_, i) => Math.max(...values.slice(i * size, (i + 1) * size).map(Math.abs)) / 3);
  rounded.graph.initializers.set(
    node.inputs[1]!,
    Tensor.float32(
      dims,
      values.map((value, i) => Math.round(value / scales[Math.floor(i / size)]!) * scales[Math.floor(i / size)]!),
    ),
  );
  const [a, b] = [await answers(float), await answers(rounded)];
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
}

async function answers(model: Model): Promise<number[]> {
  const session = await (await createOrtRuntime()).load(encodeModel(model), { optimize: 'none', threads: 1 });
  const found: number[] = [];
  const names = await readdir(path.join(folder, 'test'), { recursive: true });
  for (const name of names.filter((one) => one.endsWith('.pgm'))) {
    const pixels = (await readFile(path.join(folder, 'test', name))).subarray(-256);
    const picture = {
      type: DataType.float32,
      dims: [1, 1, 16, 16],
      data: Float32Array.from(pixels, (value) => (value / 255 - 0.5) / 0.25),
    };
    const [output] = Object.values(await session.run({ [session.inputs[0]!.name]: picture }));
    found.push(...(output!.data as Float32Array));
  }
  await session.dispose();
  return found;
}

it('narrows channels of any of the models', async () => {
  const recipe = await recipeOf({ prune: { on: 'classify', channels: 0.5 } }, { prune: { on: 'restore', channels: 0.5 } });
  const found = await runJob(
    { kind: 'pruning-sensitivity', recipe: { resolved: recipe }, metric: 'sqnr', parts: [0.5], macs: 0.5, samples: 4 },
    deps(),
  );
  const aliases = new Set(found.groups.map(({ makers }) => makers[0]!.split(':')[0]));
  expect(aliases).toEqual(new Set(['restore', 'classify']));
});

it('refuses several models that are no chain', async () => {
  const { chain: _, ...recipe } = await recipeOf({ quantize: {} });
  await expect(compose(recipe)).rejects.toThrow(LatheError);
});

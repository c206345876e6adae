import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJob } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { prepareRecipe, requireResolved } from '../../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';

/** `train → distill → quantize → qat` on the sample: 150 pictures to learn from, 50 to choose by, 400 to measure. */
const file = path.resolve(import.meta.dirname, '../../../samples/shapes/learn.compress.yaml');
const seeds = [0, 1, 2];
const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };

let folder = '';
const runs = new Map<number, { document: RunDocument; accuracy: Record<string, number> }>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-learn-'));
  for (const seed of seeds) {
    const recipe = await recipeOf(seed, `seed-${seed}`);
    const document = await run(recipe);
    const accuracy: Record<string, number> = { input: document.metrics!.before.value };
    const made = document.models.filter(({ role }) => role !== 'input');
    for (const [i, { path: model }] of made.entries()) accuracy[document.steps[i]!.step] = await topOne(model, recipe);
    runs.set(seed, { document, accuracy });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recipeOf(seed: number, place: string): Promise<ResolvedRecipe> {
  const source = { text: await readFile(file, 'utf8'), file, overrides: { seed } };
  return requireResolved(await prepareRecipe(source, { runs: path.join(folder, place), for: 'run' }));
}

const run = async (resolved: ResolvedRecipe): Promise<RunDocument> =>
  (await runJob({ kind: 'run', recipe: { resolved } }, deps)) as RunDocument;

async function topOne(model: string, { data, folder: from }: ResolvedRecipe): Promise<number> {
  const request = { source: data.test!, folder: from, ...(data.input ? { input: data.input } : {}) };
  const result = await runJob({ kind: 'evaluate', model, task: 'classification', data: request, seed: 0 }, deps);
  return 'value' in result ? result.value : NaN;
}

const modelsOf = async ({ run: place }: RunDocument): Promise<Record<string, string>> => {
  const names = (await readdir(path.join(place, 'models'))).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await readFile(path.join(place, 'models', name))).toString('base64')] as const)));
}; // prettier-ignore

describe.each(seeds)('the sample learns, seed %i', (seed) => {
  // One standard deviation of 400 pictures is 0.7 points at 98 % and 1.6 at 88 %. Measured: 98.3 in float; 74 to 86 after quantization
  // to 2-bit weights and 4-bit activations, 94 after training them so.
  it('training and distillation lose nothing', () => {
    const { accuracy } = runs.get(seed)!;
    expect(accuracy['input']).toBeGreaterThan(96);
    expect(accuracy['train']).toBeGreaterThan(96);
    expect(accuracy['distill']).toBeGreaterThan(96);
  });

  it('training rounded is never far below what it began with, and ends well', () => {
    const { accuracy, document } = runs.get(seed)!;
    expect(accuracy['quantize']).toBeGreaterThan(65);
    expect(accuracy['qat']).toBeGreaterThan(accuracy['quantize']! - 2);
    expect(accuracy['qat']).toBeGreaterThan(80);
    expect(document.metrics!.after.value).toBe(accuracy['qat']);
  });

  it('the result is what was asked for', () => {
    const { models, steps } = runs.get(seed)!.document;
    expect(steps.map(({ step }) => step)).toEqual(['train', 'distill', 'quantize', 'qat']);
    expect(models.at(-1)).toMatchObject({ role: 'output', weightBits: 2 });
    expect(models.at(-1)!.packedBytes).toBeLessThan(0.2 * models[0]!.packedBytes);
  });
});

it('over the seeds, training rounded gains points', () => {
  const gains = seeds.map((seed) => runs.get(seed)!.accuracy).map(({ qat, quantize }) => qat! - quantize!);
  expect(gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toBeGreaterThan(3);
});

it('repeated, it gives the same bytes', async () => {
  const again = await run(await recipeOf(0, 'again'));
  expect(await modelsOf(again)).toEqual(await modelsOf(runs.get(0)!.document));
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LatheError } from '../../../src/engine/base/errors.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runJob } from '../../../src/engine/pipeline/jobs.ts';
import type { SearchDocument, RunDocument } from '../../../src/protocol/results/run.ts';
import type { SearchJob } from '../../../src/protocol/job.ts';
import { smallJob } from '../../support/small-job.ts';

const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };

let folder = '';
let recipe: Record<string, unknown> = {};

/** A new network that makes a picture of a picture, then one that classifies it. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-chain-search-'));
  const { recipe: small } = await smallJob(folder, 40);
  const { calibration, test, input } = small.data;
  recipe = {
    version: 1,
    models: {
      restore: { new: 'unet', classes: 1, input: [1, 16, 16], width: 0.125, stride: 2 },
      classify: { model: small.model, input: { from: 'restore' } },
    },
    chain: ['restore', 'classify'],
    data: {
      input,
      calibration: { path: calibration!.path, labels: 'folders' },
      validation: { fraction: 0.5 },
      test: { path: test!.path, labels: 'folders' },
    },
    steps: [{ quantize: {} }],
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function searched(more: Partial<SearchJob>, changes: Record<string, unknown> = {}): Promise<SearchDocument> {
  const file = path.join(folder, 'small.compress.yaml');
  const text = stringify({ ...recipe, ...changes });
  await writeFile(file, text);
  const job: SearchJob = {
    kind: 'search',
    recipe: { text, file, runs: path.join(folder, 'runs') },
    budget: { kind: 'bytes', value: 50, percent: true },
    method: 'knapsack',
    widths: [2, 4, 8],
    ...more,
  };
  return (await runJob(job, deps)) as SearchDocument;
}

it('shares bytes out over the layers of all models, and the recipe that it writes runs', async () => {
  const output = path.join(folder, 'found.compress.yaml');
  const { search, models, recipe: written } = await searched({ output });
  expect(written).toBe(output);
  expect(search.found.percent).toBeLessThanOrEqual(50);
  expect(new Set(search.layers.map(({ name }) => name.split(':')[0]))).toEqual(new Set(['restore', 'classify']));
  const text = await readFile(output, 'utf8');
  const again = (await runJob({ kind: 'run', recipe: { text, file: output, runs: path.join(folder, 'again') } }, deps)) as RunDocument;
  expect(again.models.at(-1)!.packedBytes).toBe(models.at(-1)!.packedBytes);
});

it('shares multiply-adds out by channels, and the recipe that it writes leaves as many', async () => {
  const output = path.join(folder, 'narrow.compress.yaml');
  const steps = [{ prune: { macs: 0.9 } }, { quantize: { on: 'classify' } }];
  const budget = { kind: 'macs', value: 75, percent: true } as const;
  const { search, models, steps: done } = await searched({ output, budget, widths: undefined, ratios: [0.25, 0.5] }, { steps });
  expect(search.found.percent).toBeLessThanOrEqual(75);
  expect(search.models!.map(({ model }) => model)).toEqual(['restore', 'classify']);
  expect(search.found.models!.some(({ removed }) => removed > 0)).toBe(true);
  // What was promised is what the step leaves.
  expect(done[0]!.rounds!.at(-1)!.macs).toBe(Math.round(search.found.cost as number));
  for (const { name, after } of search.channels!) expect(done[0]!.rounds!.at(-1)!.channels[name] ?? after).toBe(after);
  const text = await readFile(output, 'utf8');
  expect(text).toMatch(/prune:\s+channels: 0\n/);
  expect(text).not.toContain('macs: 0.9');
  const again = (await runJob({ kind: 'run', recipe: { text, file: output, runs: path.join(folder, 'again') } }, deps)) as RunDocument;
  expect(again.models.at(-1)!.macs).toBe(models.at(-1)!.macs);
});

it.each([
  [
    'a budget that nothing keeps, with the nearest',
    {},
    { kind: 'bytes', value: 1, percent: true },
    /nothing that may be chosen keeps.*/,
    /nearest that can be had is \d+ \(\d/,
  ],
  ['multiply-adds without prune', {}, { kind: 'macs', value: 50, percent: true }, /as many multiply-adds/, /Add prune/],
  [
    'several steps that quantize',
    { steps: [{ quantize: { on: 'restore' } }, { quantize: { on: 'classify' } }] },
    { kind: 'bytes', value: 50, percent: true },
    /more than once/,
    /one quantize/,
  ],
] as const)('says what cannot be: %s', async (_, changes, budget, message, hint) => {
  const error = (await searched({ budget }, changes).catch((thrown: unknown) => thrown)) as LatheError;
  expect(error.message).toMatch(message);
  expect(error.place.hint).toMatch(hint);
});

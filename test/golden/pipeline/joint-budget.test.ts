import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRecipe } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { LatheError } from '../../../src/engine/base/errors.ts';
import { summarizeRecord } from '../../../src/engine/pipeline/run-summary.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import { compareRuns } from '../../../src/engine/report/comparison.ts';
import { renderComparison } from '../../../src/engine/report/comparison-html.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallJob } from '../../support/small-job.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-joint-budget-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A new network that makes a picture of a picture, then one that classifies it, trained as one within a budget. */
async function joint(settings: Record<string, unknown>): Promise<RunDocument> {
  const { recipe } = await smallJob(folder, 40);
  const { calibration, test, input } = recipe.data;
  const { resolved, issues } = await prepareObject(
    {
      version: 1,
      models: {
        restore: { new: 'unet', classes: 1, input: [1, 16, 16], width: 0.125, stride: 2 },
        classify: { model: recipe.model, input: { from: 'restore' } },
      },
      chain: ['restore', 'classify'],
      data: {
        input,
        train: { path: calibration!.path, labels: 'folders', batch: 10 },
        validation: { fraction: 0.5 },
        test: { path: test!.path, labels: 'folders' },
      },
      steps: [{ joint: { epochs: 1, ...settings } }],
    },
    { folder, runs: path.join(folder, 'runs'), for: 'run' },
  );
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return runRecipe(resolved!, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
}

it('shares bytes out by widths and channels, and what is trained has them', async () => {
  const run = await joint({ qat: { weights: 8 }, prune: {}, budget: { bytes: '40%', widths: [4, 8], ratios: [0.5] } });
  const { search, steps, run: place } = run;
  expect(search!.found.percent).toBeLessThanOrEqual(40);
  expect(search!.models!.map(({ model }) => model)).toEqual(['restore', 'classify']);
  const { layers } = JSON.parse(await readFile(path.join(place, 'layers.json'), 'utf8')) as {
    layers: { name: string; weights?: { bits: number } }[];
  };
  const widths = new Map(layers.map(({ name, weights }) => [name, weights?.bits]));
  for (const { name, weights, fixed } of search!.layers)
    if (!fixed) expect(widths.get(name), name).toBe(weights === 'float' ? undefined : weights);
  const left = steps[0]!.rounds!.at(-1)!.channels;
  for (const { name, after } of search!.channels ?? []) expect(left[name] ?? after, name).toBe(after);

  // Comparisons draw it, from the record alone.
  const record: unknown = JSON.parse(await readFile(path.join(place, 'run.json'), 'utf8'));
  const comparison = compareRuns([summarizeRecord(place, record)!]);
  expect(comparison.budgets![0]!.pictures.length).toBeGreaterThanOrEqual(2);
  expect(comparison.budgets![0]!.rows.filter(({ kept }) => kept).map(({ model }) => model)).toEqual(['restore', 'classify']);
  expect(renderComparison(comparison)).toContain('One budget over all models');
});

it('leaves a model alone that is not tuned, and counts what it takes', async () => {
  const run = await joint({ tune: ['classify'], qat: {}, prune: {}, budget: { bytes: '85%', widths: [4, 8], ratios: [0.5] } });
  const [restore, classify] = run.search!.found.models!;
  expect(restore).toMatchObject({ percent: 100, removed: 0, bits: 32 });
  expect(classify!.percent).toBeLessThan(100);
});

it.each([
  [{ qat: {}, budget: { macs: '50%' } }, /narrower numbers are as many multiply-adds/],
  [{ budget: { bytes: '50%' } }, /nothing may be changed/],
  [{ qat: {}, budget: {} }, /says none of them/],
  [{ qat: {}, budget: { bytes: 1000, drop: 1 } }, /says bytes and drop/],
  [{ qat: {}, budget: { bytes: '1%' } }, /nothing that may be chosen keeps a budget/],
])('says what cannot be: %j', async (settings, message) => {
  const error = (await joint(settings).catch((thrown: unknown) => thrown)) as LatheError;
  expect(error.message).toMatch(message);
  expect(error.place.hint).toBeTruthy();
});

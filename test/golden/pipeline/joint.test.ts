import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRecipe } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallJob } from '../../support/small-job.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-joint-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs steps on a network that makes a picture of a picture and one that classifies it. */
async function run(steps: readonly object[]): Promise<RunDocument> {
  const { recipe } = await smallJob(folder, 40);
  const { calibration, test, input } = recipe.data;
  const { resolved, issues } = await prepareObject(
    {
      version: 1,
      models: {
        restore: { new: 'unet', classes: 1, input: [1, 16, 16], width: 0.125, stride: 2 },
        classify: { model: recipe.model, input: { from: 'restore', scale: 2, mean: 0.1, resize: { size: [16, 16] } } },
      },
      chain: ['restore', 'classify'],
      data: { input, train: { path: calibration!.path }, test: { path: test!.path, labels: 'folders' } },
      steps,
    },
    { folder, runs: path.join(folder, 'runs'), for: 'run' },
  );
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return runRecipe(resolved!, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
}

it('rounds and trains a chain without labels', async () => {
  const { models, metrics } = await run([{ joint: { epochs: 2, qat: { weights: 4 } } }]);
  expect(models.at(-1)).toMatchObject({ role: 'output', activationBits: 8 });
  expect(metrics?.after).toMatchObject({ metric: 'top1' });
});

import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRecipe } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import type { TrainingCurve } from '../../../src/protocol/training.ts';
import { smallChain } from '../../support/small-chain.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-joint-resume-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipeOf = (runs: string, joint: object): Promise<ResolvedRecipe> =>
  smallChain(folder, { steps: [{ joint }], uses: 'learn', pictures: 40, runs });

async function filesOf({ run }: RunDocument): Promise<Record<string, string>> {
  const models = (await readdir(path.join(run, 'models'))).map((model) => path.join('models', model));
  const files = ['layers.json', 'metrics.json', 'overlay.json', ...models.sort()];
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, (await readFile(path.join(run, file))).toString('base64')])));
} // prettier-ignore

it.each<[string, object]>([
  ['rounded, one model after the other', { epochs: 4, 'learning-rate': 1e-3, order: 'alternating', qat: { weights: 4 } }],
  ['cut in rounds', { epochs: 3, 'learning-rate': 1e-3, prune: { channels: 0.5, steps: 2, finetune: { epochs: 2 } } }],
])('cancelled while it trains and resumed, a chain that is %s has the same bytes', async (name, joint) => {
  const [runtime, choice] = [await createOrtRuntime(), { choice: 'new' } as const];
  const whole = await runRecipe(await recipeOf(`${name} whole`, joint), { runtime, context: plainContext() }, choice);
  const elsewhere = await recipeOf(`${name} cancelled`, joint);
  const stop = new AbortController();
  const onTraining = (told: readonly TrainingCurve[]): void => {
    if (told.some(({ points }) => points.length > 0)) stop.abort();
  };
  const cancelled = runRecipe(elsewhere, { runtime, context: plainContext({ signal: stop.signal }), onTraining }, choice);
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  const resumed = await runRecipe(elsewhere, { runtime, context: plainContext() }, { choice: 'newest' });
  expect(resumed.resumed).toBe(true);
  expect(await filesOf(resumed)).toEqual(await filesOf(whole));
});

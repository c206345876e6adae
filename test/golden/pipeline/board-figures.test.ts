import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { runRecipe } from '../../../src/engine/pipeline/run.ts';
import { withSimulation } from '../../../src/engine/pipeline/simulation.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { checkPositions } from '../../../src/engine/targets/zcu104/check-positions.ts';
import { smallJob } from '../../support/small-job.ts';

const board = {
  scales: 'power-of-two', granularity: 'tensor', symmetric: true, 'activation-type': 'int8', 'weight-type': 'int8', calibrate: 'mse',
}; // prettier-ignore
let root = '';
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'lathe-board-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('a run for the DPU measures its arithmetic, and no latency', async () => {
  const { recipe } = await smallJob(path.join(root, 'job'), 24, board);
  const context = plainContext();
  const document = await runRecipe({ ...recipe, target: 'zcu104' }, { runtime: await createOrtRuntime(), context });
  expect(document.metrics?.after.simulated).toBe('zcu104');
  expect(document.metrics?.before.simulated).toBeUndefined();
  expect(document.latencyMs).toBeUndefined();
  const { path: file } = document.models.find(({ role }) => role === 'output')!;
  expect(checkPositions(await readModel(file))).toEqual([]);
  // The file that was run in its place is gone.
  const left = (await readdir(os.tmpdir())).filter((name) => name.startsWith('lathe-simulation-'));
  await withSimulation(file, 'zcu104', context, async (simulated) => {
    expect(simulated?.target).toBe('zcu104');
    expect(left).not.toContain(path.basename(path.dirname(simulated!.path)));
    await readModel(simulated!.path);
  });
  await withSimulation(file, 'cpu', context, (simulated) => Promise.resolve(expect(simulated).toBeUndefined()));
});

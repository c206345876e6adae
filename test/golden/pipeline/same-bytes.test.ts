import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallJob } from '../../support/small-job.ts';

let root = '';
beforeAll(async () => void (root = await mkdtemp(path.join(os.tmpdir(), 'lathe-same-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

async function runIn(name: string, threads: number, change: Record<string, unknown> = {}): Promise<RunDocument> {
  const { recipe } = await smallJob(path.join(root, name), 60);
  const deps = { context: plainContext({ threads }), onProgress: () => {}, onRunFolder: () => {} };
  return (await runJob({ kind: 'run', recipe: { resolved: { ...recipe, ...change } } }, deps)) as RunDocument;
}

async function filesOf({ run }: RunDocument): Promise<Record<string, string>> {
  const models = (await readdir(path.join(run, 'models'))).map((model) => path.join('models', model));
  const files = ['layers.json', 'metrics.json', 'overlay.json', ...models];
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await readFile(path.join(run, file))).toString('base64')] as const)),
  );
}

it('gives the same bytes in another folder and with other threads', async () => {
  const first = await filesOf(await runIn('here', 1));
  expect(await filesOf(await runIn('there', 4))).toEqual(first);
  expect(Object.keys(first)).toHaveLength(4);
});

it('writes into the model how it was made, and another hash for another seed', async () => {
  const model = async (document: RunDocument) => readModel(document.models.find(({ role }) => role === 'output')?.path ?? '');
  const [one, other] = [await model(await runIn('seed 0', 1)), await model(await runIn('seed 1', 1, { seed: 1 }))];
  expect(Object.fromEntries(one.metadata)).toMatchObject({
    'lathe.input': expect.stringContaining('"mean":[0.5]'),
    'lathe.scheme': expect.stringContaining('static, weights 8 bits per channel'),
    'lathe.recipe': expect.stringMatching(/^[0-9a-f]{64}$/),
    'lathe.names': expect.stringContaining('{'),
  });
  expect(other.metadata.get('lathe.recipe')).not.toBe(one.metadata.get('lathe.recipe'));
});

it('misses a gate with figures instead of failing', async () => {
  const { gate, metrics } = await runIn('gate', 1, { gate: { drop: -1 } });
  expect(gate).toEqual({ drop: -1, measured: (metrics?.before.value ?? NaN) - (metrics?.after.value ?? NaN), met: false });
});

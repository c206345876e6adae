import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeTemporaryFiles, writeFileAtomic } from '../../../src/engine/pipeline/atomic.ts';
import { folderCheckpoints } from '../../../src/engine/pipeline/checkpoints.ts';
import { acquireLock, activeLock } from '../../../src/engine/pipeline/lock.ts';
import { createRunFolder, findResumable, listRuns, recipeKey } from '../../../src/engine/pipeline/run-folder.ts';
import type { RunRecord } from '../../../src/engine/pipeline/run-record.ts';
import { ResultStore } from '../../../src/engine/pipeline/store.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';

let root = '';
let count = 0;
const fresh = async (): Promise<string> => {
  const folder = path.join(root, String(count++));
  await mkdir(folder);
  return folder;
};
beforeAll(async () => void (root = await mkdtemp(path.join(os.tmpdir(), 'lathe-folder-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

const recipe: ResolvedRecipe = {
  version: 1,
  folder: '/models',
  name: 'tiny',
  model: '/models/tiny.onnx',
  target: 'cpu',
  task: 'none',
  seed: 0,
  data: {},
  steps: [],
  output: { folder: '/models/lathe-runs', formats: ['onnx'], name: '{model}_{step}' },
};

async function addRun(folder: string, name: string, record: Partial<RunRecord>): Promise<string> {
  const run = path.join(folder, name);
  await mkdir(run);
  const whole = { name: 'tiny', recipeKey: recipeKey(recipe), state: 'running', started: '2026-01-01T00:00:00Z', ...record };
  await writeFile(path.join(run, 'run.json'), JSON.stringify(whole));
  return run;
}

describe('lock', () => {
  it('keeps a second holder off and lets it in after release', async () => {
    const folder = await fresh();
    const lock = await acquireLock(folder);
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'run.locked',
      exitCode: 1,
      message: `process ${process.pid} is working on this run`,
    });
    expect((await activeLock(folder))?.pid).toBe(process.pid);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await acquireLock(folder)).release();
  });

  it('lets exactly one of many in', async () => {
    const folder = await fresh();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(folder)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('takes over the lock of a process that is gone', async () => {
    const folder = await fresh();
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(path.join(folder, 'lock'), JSON.stringify({ pid: child.pid, host: os.hostname(), started: 'x' }));
    expect(await activeLock(folder)).toBeUndefined();
    await (await acquireLock(folder)).release();
  });

  it.runIf(process.platform === 'linux')('knows a later process with the same id from the holder', async () => {
    const folder = await fresh();
    await writeFile(path.join(folder, 'lock'), JSON.stringify({ pid: process.pid, host: os.hostname(), started: 'another boot:1' }));
    await (await acquireLock(folder)).release();
  });

  it('respects another host and says how to get past it', async () => {
    const folder = await fresh();
    await writeFile(path.join(folder, 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere.example' }));
    const place = { hint: expect.stringContaining('remove') };
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'run.locked',
      message: expect.stringContaining('elsewhere.example'),
      place,
    });
  });

  it('takes over half a lock', async () => {
    const folder = await fresh();
    await writeFile(path.join(folder, 'lock'), '{"pid":');
    await (await acquireLock(folder)).release();
  });
});

describe('atomic writes', () => {
  it('replaces a file and leaves nothing else', async () => {
    const folder = await fresh();
    const file = path.join(folder, 'a.json');
    await writeFileAtomic(file, 'one');
    await writeFileAtomic(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('keeps the old file when the new one cannot be written', async () => {
    const folder = await fresh();
    const file = path.join(folder, 'a.json');
    await mkdir(file);
    await expect(writeFileAtomic(file, 'one')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('removes what a killed process left', async () => {
    const folder = await fresh();
    await mkdir(path.join(folder, 'models'));
    await writeFile(path.join(folder, 'models/a.onnx.tmp-123'), 'half');
    await writeFile(path.join(folder, 'models/a.onnx'), 'whole');
    await removeTemporaryFiles(folder);
    expect(await readdir(path.join(folder, 'models'))).toEqual(['a.onnx']);
  });
});

describe('checkpoints', () => {
  it('keeps the newest two and finds a state by its key', async () => {
    const folder = await fresh();
    const checkpoints = folderCheckpoints(folder);
    for (const state of [1, 2, 3]) await checkpoints.save('a', Uint8Array.of(state));
    expect(await checkpoints.load('a')).toEqual(Buffer.from([3]));
    expect(await checkpoints.load('b')).toBeUndefined();
    expect(await readdir(folder)).toEqual(['000002.checkpoint', '000003.checkpoint']);
  });

  it('goes back to the one before when the newest is damaged', async () => {
    const folder = await fresh();
    const checkpoints = folderCheckpoints(folder);
    for (const state of [1, 2]) await checkpoints.save('a', Uint8Array.of(state));
    await writeFile(path.join(folder, '000002.checkpoint'), 'half');
    expect(await checkpoints.load('a')).toEqual(Buffer.from([1]));
  });
});

describe('results', () => {
  it('are found by equal parts, exactly, and not when something changed', async () => {
    const store = new ResultStore(await fresh());
    const value = { value: Infinity, list: [NaN, -Infinity, 1], text: 'inf', nothing: null };
    await store.keep({ model: 'x', seed: 0 }, value);
    expect(await store.find({ seed: 0, model: 'x', unset: undefined })).toEqual(value);
    expect(await store.find({ model: 'x', seed: 1 })).toBeUndefined();
  });

  it('are computed again when the file is damaged', async () => {
    const folder = await fresh();
    const store = new ResultStore(folder);
    await store.keep('a', 1);
    await writeFile(path.join(folder, `${store.key('a')}.json`), '{"key"');
    expect(await store.find('a')).toBeUndefined();
  });
});

describe('run folders', () => {
  it('makes a folder of its own even within the same second', async () => {
    const folder = await fresh();
    const now = new Date(2026, 4, 21, 14, 30, 5);
    const names = await Promise.all([1, 2, 3].map(async () => path.basename((await createRunFolder(folder, 'a/b', now)).path)));
    expect(names.sort()).toEqual(['a_b-20260521-143005', 'a_b-20260521-143005-2', 'a_b-20260521-143005-3']);
  });

  it('finds the newest unfinished, unlocked run of the same recipe', async () => {
    const folder = await fresh();
    await addRun(folder, 'old', { started: '2026-01-01T00:00:00Z' });
    const wanted = await addRun(folder, 'cancelled', { started: '2026-01-02T00:00:00Z', state: 'cancelled' });
    await addRun(folder, 'other', { started: '2026-01-03T00:00:00Z', recipeKey: 'another' });
    await addRun(folder, 'done', { started: '2026-01-04T00:00:00Z', state: 'finished' });
    const held = await addRun(folder, 'held', { started: '2026-01-05T00:00:00Z' });
    const lock = await acquireLock(held);
    expect(await findResumable(folder, recipe)).toBe(wanted);
    await lock.release();
    expect(await findResumable(folder, recipe)).toBe(held);
    expect(await findResumable(folder, { ...recipe, seed: 1 })).toBeUndefined();
    expect(await findResumable(path.join(folder, 'missing'), recipe)).toBeUndefined();
  });

  it('lists runs with size and true state', async () => {
    const folder = await fresh();
    await addRun(folder, 'dead', { started: '2026-01-01T00:00:00Z' });
    const alive = await addRun(folder, 'alive', { started: '2026-01-02T00:00:00Z' });
    await mkdir(path.join(folder, 'broken'));
    await writeFile(path.join(folder, 'broken/run.json'), '{');
    await mkdir(path.join(folder, 'not a run'));
    const lock = await acquireLock(alive);
    const runs = await listRuns(folder);
    expect(runs.map(({ folder: run, state }) => [path.basename(run), state])).toEqual([
      ['alive', 'running'],
      ['dead', 'interrupted'],
      ['broken', 'unreadable'],
    ]);
    expect(runs.every(({ bytes }) => bytes > 0)).toBe(true);
    await lock.release();
  });

  it('counts where results go as no part of the recipe', () => {
    const elsewhere = { ...recipe, output: { ...recipe.output, folder: '/other', file: '/x.onnx' } };
    expect(recipeKey(elsewhere)).toBe(recipeKey(recipe));
    expect(recipeKey({ ...recipe, output: { ...recipe.output, name: 'x' } })).not.toBe(recipeKey(recipe));
  });
});

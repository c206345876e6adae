import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRuns } from '../../../src/engine/pipeline/run-folder.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { trainSettings } from '../../support/learnable-batches.ts';
import { bundle, smallJob } from '../../support/small-job.ts';

let root = '';
let entry = '';
let recipe: ResolvedRecipe;
let undisturbed = '';

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'lathe-train-'));
  entry = await bundle(path.join(import.meta.dirname, '../pipeline/run-process.ts'), 'train-process');
  const job = await smallJob(path.join(root, 'job'), 120);
  const settings = trainSettings({ epochs: 4, batch: 8, 'checkpoint-every': 3, 'learning-rate': 0.01, ema: 0.9 });
  const { test, ...data } = job.recipe.data;
  const train = { ...data.calibration!, augment: ['flip'] };
  recipe = {
    ...job.recipe,
    data: { ...data, train, validation: { kind: 'part', of: 'train', fraction: 0.1 }, test: test! },
    steps: [{ step: 'train', index: 0, settings, layers: {} }],
  } as ResolvedRecipe;
  expect(await run(await recipeFile('undisturbed'), 'new', '1')).toBe(0);
  undisturbed = await resultOf('undisturbed');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a training killed as by kill -9', () => {
  for (const [i, checkpoints] of [1, 4, 9, 16].entries()) {
    it(`ends with the same bytes after ${checkpoints} checkpoints, on another number of threads`, async () => {
      const name = `kill-${checkpoints}`;
      const file = await recipeFile(name);
      expect(await run(file, 'new', '1', { name, checkpoints })).toBeNull();
      expect(await run(file, 'newest', i % 2 ? '1' : '2')).toBe(0);
      const [only, ...others] = await listRuns(path.join(root, name));
      expect(others).toEqual([]);
      expect(only!.record!.sessions).toBe(2);
      expect(await resultOf(name)).toBe(undisturbed);
    });
  }
});

async function recipeFile(name: string): Promise<string> {
  const file = path.join(root, `${name}.json`);
  await writeFile(file, JSON.stringify({ ...recipe, output: { ...recipe.output, folder: path.join(root, name) } }));
  return file;
}

/** Runs the process, and kills it once so many checkpoints were written. Resolves with its exit code, or null. */
function run(
  file: string,
  choice: 'new' | 'newest',
  threads: string,
  kill?: { name: string; checkpoints: number },
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, file, choice, threads], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const watch =
      kill && setInterval(() => void newest(kill.name).then((number) => number >= kill.checkpoints && child.kill('SIGKILL')), 5);
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(watch);
      if (code !== 0 && code !== null) reject(new Error(stderr));
      else resolve(code);
    });
  });
}

/** Number of the newest checkpoint; 0 before the first. */
async function newest(name: string): Promise<number> {
  const [run] = await readdir(path.join(root, name)).catch(() => []);
  const names = run === undefined ? [] : await readdir(path.join(root, name, run, 'checkpoints')).catch(() => []);
  return Math.max(0, ...names.map((file) => Number.parseInt(file, 10) || 0));
}

async function resultOf(name: string): Promise<string> {
  const [run] = await listRuns(path.join(root, name));
  expect(run!.state).toBe('finished');
  const files = ['models/small_train.onnx', 'metrics.json'].map((file) => readFile(path.join(run!.folder, file)));
  const hash = createHash('sha256');
  for (const file of await Promise.all(files)) hash.update(file);
  return hash.digest('hex');
}

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { listRuns } from '../../../src/engine/pipeline/run-folder.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { bundle, smallJob } from '../../support/small-job.ts';

const kills = 20;

let root = '';
let entry = '';
let job: { recipe: ResolvedRecipe };
let undisturbed: Record<string, string> = {};
let duration = 0;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'lathe-resume-'));
  entry = await bundle(path.join(import.meta.dirname, 'run-process.ts'), 'run-process');
  job = await smallJob(path.join(root, 'job'), 150, { calibrate: 'entropy' });
  const file = await recipeFile('undisturbed');
  const began = performance.now();
  expect(await run(file, 'new')).toBe(0);
  duration = performance.now() - began;
  undisturbed = await results('undisturbed');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a run killed at any moment', () => {
  it('has something to compare', () => {
    expect(Object.keys(undisturbed)).toEqual(['layers.json', 'metrics.json', 'models/small_quantize.onnx', 'overlay.json']);
  });

  const random = seededRandom(20261122, 'kills');
  for (let i = 0; i < kills; i++) {
    // Most of them inside the work, a few so early that there is no folder yet.
    const moment = 0.05 + 0.95 * random.next();
    it(`ends with the same bytes after kill ${i + 1}, at about ${Math.round(moment * 100)} %`, async () => {
      const name = `kill-${i}`;
      const file = await recipeFile(name);
      await killed(name, file, 'new', moment * duration);
      // Every third is killed while it resumes, too.
      if (i % 3 === 0) await run(file, 'newest', 0.4 * duration);
      if (!(await isFinished(name))) expect(await run(file, 'newest')).toBe(0);
      expect(await results(name)).toEqual(undisturbed);
    });
  }

  it('was often killed in the middle of the work', async () => {
    const folders = (await readdir(root)).filter((name) => name.startsWith('kill-') && !name.endsWith('.json'));
    const records = (await Promise.all(folders.map((name) => listRuns(path.join(root, name))))).flat();
    expect(records.filter(({ record }) => (record?.sessions ?? 0) > 1).length).toBeGreaterThanOrEqual(kills / 4);
  });
});

async function recipeFile(name: string): Promise<string> {
  const file = path.join(root, `${name}.json`);
  const recipe = { ...job.recipe, output: { ...job.recipe.output, folder: path.join(root, name) } };
  await writeFile(file, JSON.stringify(recipe));
  return file;
}

/** Kills the process after so many milliseconds. On a machine that has become faster it may be done by then: earlier, then. */
async function killed(name: string, file: string, choice: 'new' | 'newest', after: number): Promise<void> {
  while ((await run(file, choice, after)) === 0) {
    await rm(path.join(root, name), { recursive: true });
    after *= 0.6;
  }
}

const isFinished = async (name: string): Promise<boolean> =>
  (await listRuns(path.join(root, name))).some(({ state }) => state === 'finished');

/** Runs the process; after `killAfter` milliseconds it is killed as kill -9 does. Resolves with its exit code, or null. */
function run(file: string, choice: 'new' | 'newest', killAfter?: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, file, choice], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code !== 0 && code !== null) reject(new Error(stderr));
      else resolve(code);
    });
  });
}

/** sha256 of the files that must not depend on when a run was interrupted. One run was finished; one may have died before its record. */
async function results(name: string): Promise<Record<string, string>> {
  const runs = (await listRuns(path.join(root, name))).filter(({ state }) => state !== 'unreadable');
  expect(runs.map(({ state }) => state)).toEqual(['finished']);
  const folder = runs[0]?.folder ?? '';
  const models = (await readdir(path.join(folder, 'models'))).map((model) => `models/${model}`);
  const found: Record<string, string> = {};
  for (const file of ['layers.json', 'metrics.json', ...models, 'overlay.json']) {
    found[file] = createHash('sha256')
      .update(await readFile(path.join(folder, file)))
      .digest('hex');
  }
  return found;
}

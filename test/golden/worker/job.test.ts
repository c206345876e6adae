import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activeLock } from '../../../src/engine/pipeline/lock.ts';
import { listRuns, readRecord } from '../../../src/engine/pipeline/run-folder.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { startJob } from '../../../src/worker/client.ts';
import { bundle, smallJob, workerEntry } from '../../support/small-job.ts';

let root = '';
let workerPath = '';
let recipe: ResolvedRecipe;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'lathe-job-'));
  workerPath = await bundle(workerEntry, 'worker');
  ({ recipe } = await smallJob(path.join(root, 'job'), 200));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const into = (name: string): ResolvedRecipe => ({ ...recipe, output: { ...recipe.output, folder: path.join(root, name) } });

describe('a job in its own process', () => {
  it('runs a recipe, reports progress that never falls, and leaves a finished folder', async () => {
    const fractions: number[] = [];
    const folders: string[] = [];
    const document = await startJob(
      { kind: 'run', recipe: { resolved: into('whole') } },
      { workerPath, threads: 1, onProgress: ({ fraction }) => fractions.push(fraction), onRunFolder: (folder) => folders.push(folder) },
    );
    if (!('run' in document)) throw new Error('not a run');
    expect(folders).toEqual([document.run]);
    expect(fractions.length).toBeGreaterThan(3);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect((await readRecord(document.run))?.state).toBe('finished');
    const files = [
      'cache',
      'checkpoints',
      'layers.json',
      'log.jsonl',
      'metrics.json',
      'models',
      'overlay.json',
      'recipe.resolved.yaml',
      'report.html',
      'run.json',
    ];
    expect((await readdir(document.run)).sort()).toEqual(files);
    expect(document.models.map(({ role }) => role)).toEqual(['input', 'output']);
  });

  it('cancels in the middle, lets go of the folder, and goes on from there', async () => {
    const controller = new AbortController();
    const cancelled = startJob(
      { kind: 'run', recipe: { resolved: into('cancelled') } },
      { workerPath, threads: 1, signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled', exitCode: 130 });
    const [run] = await listRuns(path.join(root, 'cancelled'));
    expect(run?.state).toMatch(/cancelled|interrupted/);
    expect(await activeLock(run?.folder ?? '')).toBeUndefined();
    const resumed = await startJob({ kind: 'run', recipe: { run: run?.folder ?? '' } }, { workerPath, threads: 1 });
    expect(resumed).toMatchObject({ run: run?.folder, resumed: true });
  });

  it('refuses a run that another process works on', async () => {
    const folder = await interruptedRun('locked');
    const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    await writeFile(path.join(folder, 'lock'), JSON.stringify({ pid: holder.pid, host: os.hostname() }));
    await expect(startJob({ kind: 'run', recipe: { run: folder } }, { workerPath, threads: 1 })).rejects.toMatchObject({
      code: 'run.locked',
    });
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    await expect(startJob({ kind: 'run', recipe: { run: folder } }, { workerPath, threads: 1 })).resolves.toMatchObject({ resumed: true });
  });

  it('ends with its parent', async () => {
    const parentFile = path.join(root, 'parent.mjs');
    const clientPath = await bundle(path.resolve(import.meta.dirname, '../../../src/worker/client.ts'), 'client');
    const recipeText = JSON.stringify(into('orphan'));
    await writeFile(
      parentFile,
      `import { startJob } from ${JSON.stringify(clientPath)};
       startJob({ kind: 'run', recipe: { resolved: ${recipeText} } }, { workerPath: ${JSON.stringify(workerPath)}, threads: 1,
         onRunFolder: (folder) => console.log(folder) });`,
    );
    const parent = spawn(process.execPath, [parentFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const folder = await firstLine(parent);
    const lock = JSON.parse(await readFile(path.join(folder, 'lock'), 'utf8')) as { pid: number };
    parent.kill('SIGKILL');
    await gone(lock.pid);
    expect(await activeLock(folder)).toBeUndefined();
    // Not cancelled: after a reload the editor offers to go on with it.
    expect((await listRuns(path.dirname(folder))).map(({ state }) => state)).toEqual(['interrupted']);
  });
});

describe('a full disk', () => {
  const mount = path.join(os.tmpdir(), `lathe-full-${process.pid}`);
  const mounted = process.platform === 'linux' && tryMount(mount);
  if (!mounted) process.stdout.write('no small tmpfs can be mounted here (needs root): the full-disk test is not run\n');
  afterAll(() => {
    if (mounted) spawnSync('umount', [mount]);
  });

  it.runIf(mounted)('gives a message, keeps what was done, and the run goes on when there is room', async () => {
    const filler = path.join(mount, 'filler');
    const runs = path.join(mount, 'runs');
    const full = { ...recipe, output: { ...recipe.output, folder: runs } };
    const fill = (left: number) => writeFile(filler, Buffer.alloc(mountBytes - left));
    await fill(24 * 1024);
    const error = await startJob({ kind: 'run', recipe: { resolved: full } }, { workerPath, threads: 1 }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'disk.full', exitCode: 1 });
    await rm(filler);
    const resumed = await startJob({ kind: 'run', recipe: { resolved: full }, resume: true }, { workerPath, threads: 1 });
    expect(resumed).toMatchObject({ resumed: true });
    expect((await listRuns(runs)).map(({ state }) => state)).toEqual(['finished']);
  });
});

const mountBytes = 1024 * 1024;

function tryMount(place: string): boolean {
  spawnSync('mkdir', ['-p', place]);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${1024 * 1024}`, 'tmpfs', place]).status === 0;
}

/** A run folder as a killed process leaves it. */
async function interruptedRun(name: string): Promise<string> {
  const controller = new AbortController();
  const job = startJob(
    { kind: 'run', recipe: { resolved: into(name) } },
    { workerPath, threads: 1, signal: controller.signal, onRunFolder: () => controller.abort() },
  );
  await expect(job).rejects.toMatchObject({ code: 'cancelled' });
  const [run] = await listRuns(path.join(root, name));
  return run?.folder ?? '';
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (text) => resolve(String(text).split('\n')[0] ?? '')));
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    if (!existsSync(`/proc/${pid}`) && !alive(pid)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

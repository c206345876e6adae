import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SearchJob } from '../../protocol/job.ts';
import { canonicalJson } from '../base/json.ts';
import { LatheError } from '../base/errors.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { diskError, makeFolder } from './atomic.ts';
import { activeLock } from './lock.ts';
import type { RunRecord, RunState } from './run-record.ts';

/** The places inside a run folder (recipe.md, "Run folder"). */
export class RunFolder {
  constructor(readonly path: string) {}

  readonly file = (...parts: string[]): string => path.join(this.path, ...parts);
  get record(): string {
    return this.file('run.json');
  }
  get recipe(): string {
    return this.file('recipe.resolved.yaml');
  }
  get report(): string {
    return this.file('report.html');
  }
  get models(): string {
    return this.file('models');
  }
  get checkpoints(): string {
    return this.file('checkpoints');
  }
  get cache(): string {
    return this.file('cache');
  }
}

/** What `lathe clean`, `--resume` and the editor show of a run without opening it further. */
export interface RunListing {
  readonly folder: string;
  readonly name: string;
  /** `interrupted`: its record says running, and no process does. */
  readonly state: RunState | 'interrupted' | 'unreadable';
  readonly bytes: number;
  /** ISO 8601; absent when the record can't be read. */
  readonly started?: string;
  readonly record?: RunRecord;
}

/** Makes `<folder>/<name>-<time>`, with a number behind it if that second is taken. Throws `disk.full`, `disk.denied`. */
export async function createRunFolder(folder: string, name: string, now: Date): Promise<RunFolder> {
  const base = path.join(folder, `${safeName(name)}-${timeStamp(now)}`);
  try {
    await makeFolder(folder);
    for (let attempt = 1; ; attempt++) {
      const target = attempt === 1 ? base : `${base}-${attempt}`;
      if (await madeFolder(target)) return await withRooms(new RunFolder(target));
    }
  } catch (error) {
    throw diskError(error, folder);
  }
}

/** Opens a run folder to work on. Throws `run.missing` when there is no run record in it. */
export async function openRunFolder(folder: string): Promise<{ folder: RunFolder; record: RunRecord }> {
  const record = await readRecord(folder);
  if (!record) {
    throw new LatheError('run.missing', 'this is no run folder: it has no readable run.json', { file: folder, hint: 'see `lathe clean`' });
  }
  return { folder: await withRooms(new RunFolder(folder)), record };
}

/** What a run does with its recipe, beside running all of it. */
export interface RunAsked {
  /** Only this step. */
  readonly only?: string;
  /** A search for the layers' widths first. */
  readonly search?: SearchJob;
}

/**
 * Names a recipe for `--resume`: sha256 of all that is in it but where results go and boards. Paths count, as they are; contents are
 * checked when the run goes on.
 */
export function recipeKey(recipe: ResolvedRecipe, { only, search }: RunAsked = {}): string {
  const { output, deploy: _, ...rest } = recipe;
  const searched = search && { budget: search.budget, method: search.method, widths: search.widths };
  const text = canonicalJson({ ...rest, output: { formats: output.formats, name: output.name }, only, search: searched });
  return createHash('sha256').update(text).digest('hex');
}

/** The newest run of the same recipe in `folder` that has not finished and that no process works on. */
export async function findResumable(folder: string, recipe: ResolvedRecipe, asked: RunAsked = {}): Promise<string | undefined> {
  const key = recipeKey(recipe, asked);
  const candidates = (await readRuns(folder)).filter(({ record }) => record?.recipeKey === key && record.state !== 'finished');
  candidates.sort((a, b) => (a.record?.started ?? '').localeCompare(b.record?.started ?? '') || a.path.localeCompare(b.path));
  for (const candidate of candidates.reverse()) if (!(await activeLock(candidate.path))) return candidate.path;
  return undefined;
}

/** Every run in `folder`, newest first, with its size on disk. A folder that does not exist has none. */
export async function listRuns(folder: string): Promise<RunListing[]> {
  const runs = await Promise.all(
    (await readRuns(folder)).map(async ({ path: run, record }): Promise<RunListing> => {
      const bytes = await folderBytes(run);
      if (!record) return { folder: run, name: path.basename(run), state: 'unreadable', bytes };
      const interrupted = record.state === 'running' && !(await activeLock(run));
      return { folder: run, name: record.name, state: interrupted ? 'interrupted' : record.state, bytes, started: record.started, record };
    }),
  );
  return runs.sort((a, b) => (b.started ?? '').localeCompare(a.started ?? '') || a.folder.localeCompare(b.folder));
}

/** Run folders; the record is undefined where it can't be read, or where a process was killed before it wrote one. */
async function readRuns(folder: string): Promise<{ path: string; record: RunRecord | undefined }[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw diskError(error, folder);
  }
  const runs = [];
  for (const entry of entries) {
    const run = path.join(folder, entry.name);
    if (entry.isDirectory() && (await isRunFolder(run))) runs.push({ path: run, record: await readRecord(run) });
  }
  return runs;
}

/** undefined when there is no record, or one that this version can't read. */
export async function readRecord(folder: string): Promise<RunRecord | undefined> {
  try {
    const value = JSON.parse(await readFile(path.join(folder, 'run.json'), 'utf8')) as Partial<RunRecord> | null;
    const whole = typeof value?.state === 'string' && typeof value.recipeKey === 'string' && typeof value.started === 'string';
    return whole ? (value as RunRecord) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw diskError(error, folder);
  }
}

async function withRooms(folder: RunFolder): Promise<RunFolder> {
  for (const room of [folder.models, folder.checkpoints, folder.cache]) await makeFolder(room);
  return folder;
}

async function madeFolder(target: string): Promise<boolean> {
  try {
    await mkdir(target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) sum += await folderBytes(file);
    else if (entry.isFile()) sum += (await sizeOf(file)) ?? 0;
  }
  return sum;
}

const isRunFolder = async (folder: string): Promise<boolean> =>
  (await exists(path.join(folder, 'run.json'))) || (await exists(path.join(folder, 'checkpoints')));

const exists = async (file: string): Promise<boolean> => (await sizeOf(file)) !== undefined;

/** undefined when the file is gone: a running job replaces its files while they are listed. */
async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Local time as `20260521-143005`. */
function timeStamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** A name as one part of a path on every system. */
export const safeName = (name: string): string => name.replace(/[<>:"/\\|?*\u0000-\u001f]/g, '_').replace(/^\.+/, '_') || 'run';

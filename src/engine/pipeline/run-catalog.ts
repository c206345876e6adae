import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RunSummary } from '../../protocol/runs.ts';
import { LatheError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { diskError } from './atomic.ts';
import { deploymentsFolder, readDeployments } from './deploy/read-deployments.ts';
import { activeLock } from './lock.ts';
import { summarizeRecord } from './run-summary.ts';

/** Files that are looked at together: enough to keep a disk busy, few enough for its handles. */
const atOnce = 32;

/** A record has kilobytes, and some per layer of the model; what is larger is none, and is not read. */
const largestRecord = 64 * 2 ** 20;

/** What is remembered of a record as long as its file is the same. */
interface Known {
  readonly stamp: string;
  readonly summary: RunSummary;
}

/**
 * The runs of some folders, read again only where `run.json` or what was measured on boards has changed: thousands are listed in a moment. Sizes on disk are not
 * counted (`listRuns` does).
 */
export class RunCatalog {
  readonly #known = new Map<string, Known>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Every run in `folder`, newest first; those that can't be read come last, with the reason. A folder that does not exist has none. Throws
   * LatheError when the folder can't be read.
   */
  list(folder: string): Promise<RunSummary[]> {
    // One after another: the second finds what the first has read, and sees what changed since.
    const listed = this.#last.then(() => this.#list(folder));
    this.#last = listed.catch(() => undefined); // its caller is told
    return listed;
  }

  async #list(folder: string): Promise<RunSummary[]> {
    const names = await foldersIn(folder);
    const runs = await inTurns(names, (name) => this.#look(path.join(folder, name)));
    const found = runs.filter((run) => run !== undefined);
    this.#forget(folder, new Set(found.map((run) => run.folder)));
    return found.sort(newestFirst);
  }

  /** One run. Throws `run.missing` when the folder is none. */
  async read(folder: string): Promise<RunSummary> {
    const run = await this.#look(folder);
    if (run) return run;
    throw new LatheError('run.missing', 'this is no run folder: it has no readable run.json', { file: folder, hint: 'see `lathe clean`' });
  }

  /** Undefined for a folder that is no run's. */
  async #look(folder: string): Promise<RunSummary | undefined> {
    const file = path.join(folder, 'run.json');
    const there = await statOf(file);
    if (!there) {
      const begun = await statOf(path.join(folder, 'checkpoints'));
      return begun && unreadable(folder, 'it was ended before it wrote its run.json');
    }
    if (there instanceof Error) return unreadable(folder, `run.json can't be read: ${there.message}`);
    // A file that is replaced in there changes its folder.
    const deployed = await statOf(path.join(folder, deploymentsFolder));
    const stamp = [there, deployed].map((one) => (one && !(one instanceof Error) ? `${one.mtimeMs} ${one.size} ${one.ino}` : '')).join(' ');
    const known = this.#known.get(folder);
    const summary = known?.stamp === stamp ? known.summary : await readSummary(folder, file, there);
    this.#known.set(folder, { stamp, summary });
    if (summary.status !== 'running' || (await isHeld(folder))) return summary;
    return { ...summary, status: 'interrupted' };
  }

  #forget(folder: string, present: ReadonlySet<string>): void {
    for (const run of this.#known.keys()) if (path.dirname(run) === folder && !present.has(run)) this.#known.delete(run);
  }
}

const unreadable = (folder: string, problem: string): RunSummary => ({
  folder,
  name: path.basename(folder),
  status: 'unreadable',
  problem,
  method: '',
  models: [],
  warnings: 0,
});

/** Never throws for what is in the file. */
async function readSummary(folder: string, file: string, { size }: Stats): Promise<RunSummary> {
  if (size > largestRecord) return unreadable(folder, `run.json is too large to be a run's record (${size} bytes)`);
  try {
    const record = parseJson(await readFile(file, 'utf8'));
    const summary = summarizeRecord(folder, record) ?? unreadable(folder, 'run.json is not the record of a run');
    const deployments = await readDeployments(folder);
    return deployments.length ? { ...summary, deployments } : summary;
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'run.json is not JSON' : "run.json can't be read";
    return unreadable(folder, `${reason}: ${(error as Error).message.slice(0, 200)}`);
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const known = diskError(error, folder);
    if (known instanceof LatheError) throw known;
    const hint = 'Set "lathe.runsFolder" to a folder.';
    throw new LatheError('runs.folder', `the folder of runs can't be read: ${(error as Error).message}`, {
      file: folder,
      hint,
      cause: error,
    });
  }
}

/** Undefined when there is no such file, the error when it can't be known. */
async function statOf(file: string): Promise<Stats | NodeJS.ErrnoException | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : (error as NodeJS.ErrnoException);
  }
}

/** A lock that can't be read may be held. */
async function isHeld(folder: string): Promise<boolean> {
  try {
    return (await activeLock(folder)) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return true;
    throw error;
  }
}

/** `work` for each item, some at a time, answers in the items' order. */
async function inTurns<Item, Answer>(items: readonly Item[], work: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) answers[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return answers;
}

const newestFirst = (a: RunSummary, b: RunSummary): number =>
  (b.started ?? '').localeCompare(a.started ?? '') || (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0);

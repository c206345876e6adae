import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finished, Processes } from '../base/command.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import type { Board, BoardFile, BoardModel, RemoteOptions, Transfer } from './ssh/board.ts';

/** What a place is called that is no board. */
export const thisMachine = 'this machine';

/** This machine as if it were a board: the same files and programs in a folder of its own, without ssh. Nothing is kept. */
export async function openHere(processes: Processes): Promise<Board> {
  return new Here(await mkdtemp(path.join(tmpdir(), 'lathe-here-')), processes);
}

class Here implements Board {
  readonly title = thisMachine;
  readonly job = '.';

  constructor(
    readonly folder: string,
    private readonly processes: Processes,
  ) {}

  /** Node is the one that this runs in, and finds its packages; Python's are another's, and not measured. */
  async run([program, ...given]: readonly [string, ...string[]], { signal, limitMs, keptBytes, onLine }: RemoteOptions): Promise<Finished> {
    const isNode = program === 'node';
    if (program === 'python3') return notFound(program);
    const options = { signal, limitMs, ...(keptBytes === undefined ? {} : { keptBytes }), ...(onLine ? { onLine } : {}) };
    const environment: Record<string, string> = isNode ? { ELECTRON_RUN_AS_NODE: '1', NODE_PATH: packages() } : {};
    try {
      return await this.processes.run(
        { program: isNode ? process.execPath : program, arguments: given, folder: this.folder, environment },
        options,
      );
    } catch (error) {
      // As a shell on a board says it.
      if (!(error instanceof LatheError) || error.code !== 'process.not-found') throw error;
      return notFound(program);
    }
  }

  async put(files: readonly BoardFile[], { signal }: Transfer): Promise<void> {
    for (const file of files) {
      throwIfCancelled(signal);
      const to = path.join(this.folder, file.name);
      await mkdir(path.dirname(to), { recursive: true });
      await ('local' in file ? copyFile(file.local, to) : writeFile(to, file.text));
    }
  }

  async putModel(local: string, name: string, options: Transfer): Promise<{ kept: string; sentBytes: number }> {
    await this.put([{ name, local }], options);
    return { kept: name, sentBytes: (await stat(local)).size };
  }

  async get(
    names: readonly string[],
    folder: string,
    { signal, mostBytes, ifThere }: Transfer & { readonly mostBytes: number; readonly ifThere?: boolean },
  ): Promise<string[]> {
    const found: string[] = [];
    let bytes = 0;
    for (const name of await this.#listed(names, ifThere ?? false)) {
      throwIfCancelled(signal);
      bytes += (await stat(path.join(this.folder, name))).size;
      if (bytes > mostBytes) throw new LatheError('board.result', 'what was made here is more than was asked for', {}, 1);
      const to = path.join(folder, name);
      await mkdir(path.dirname(to), { recursive: true });
      await copyFile(path.join(this.folder, name), to);
      found.push(to);
    }
    return found;
  }

  /** Files that are there; a name with a slash at its end stands for those of a folder. */
  async #listed(names: readonly string[], ifThere: boolean): Promise<string[]> {
    const all: string[] = [];
    for (const name of names) {
      const there = await stat(path.join(this.folder, name)).catch(() => undefined);
      if (!there && ifThere) continue;
      if (!there) throw new LatheError('board.result', `the runner made no ${name}`, {}, 1);
      if (there.isDirectory()) for (const inside of (await readdir(path.join(this.folder, name))).sort()) all.push(path.join(name, inside));
      else all.push(name);
    }
    return all;
  }

  models(): Promise<BoardModel[]> {
    return Promise.resolve([]);
  }

  removeModel(): Promise<void> {
    return Promise.resolve(); // all of it goes when the job is done
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const notFound = (program: string): Finished => ({
  exitCode: 127,
  stdout: '',
  stderr: `${program}: not found`,
  truncated: false,
  timedOut: false,
});

/** Where the packages lie that this program itself uses. */
function packages(): string {
  try {
    const found = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    return path.dirname(path.dirname(found));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return ''; // the runner's own question says what is missing
  }
}

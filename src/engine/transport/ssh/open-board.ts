import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finished, Processes } from '../../base/command.ts';
import { LatheError } from '../../base/errors.ts';
import type { Board, BoardFile, RemoteOptions, Transfer } from './board.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import { download, filesIn, listFiles } from './download.ts';
import { keepModel, listModels, removeModel } from './models.ts';
import { checkedName } from './names.ts';
import { checkedPlace, placeText, type Place } from './place.ts';
import { boardCommand, runOnBoard, type Remote } from './remote.ts';
import { stage } from './stage.ts';
import { upload } from './upload.ts';

/** Connects to a board and makes the job's folder on it. Throws `ssh.*` and `board.*`, and leaves nothing behind then. */
export async function openBoard(where: Partial<Place>, processes: Processes, options: ConnectOptions): Promise<Board> {
  const place = checkedPlace(where);
  const connection = await Connection.open(place, processes, options);
  return new SshBoard(connection, options.signal);
}

class SshBoard implements Board {
  readonly title: string;
  readonly folder: string;
  readonly job: string;
  readonly freeBytes?: number;
  readonly #remote: Remote;

  constructor(
    private readonly connection: Connection,
    private readonly signal: AbortSignal,
  ) {
    const { folder, freeBytes } = connection.greeting;
    this.title = placeText(connection.place);
    this.folder = folder;
    this.job = `jobs/${connection.jobName}`;
    if (freeBytes !== undefined) this.freeBytes = freeBytes;
    this.#remote = { connection, folder, title: this.title };
  }

  run(command: readonly [string, ...string[]], options: RemoteOptions): Promise<Finished> {
    return this.connection.command(boardCommand(`${this.folder}/${this.job}`, command), options);
  }

  async put(files: readonly BoardFile[], options: Transfer): Promise<void> {
    if (files.length === 0) return;
    const names = files.map(({ name }) => checkedName(name));
    await this.#staged(files, async (staged) => {
      const folders = [...new Set(names.map((name) => path.posix.dirname(name)).filter((folder) => folder !== '.'))];
      if (folders.length) await this.#quietly(['mkdir', '-p', '--', ...folders.map((folder) => `${this.job}/${folder}`)], options.signal);
      const to = names.map((name) => `${this.job}/${name}`);
      await upload(
        this.#remote,
        staged.map((file, i) => ({ ...file, to: to[i]! })),
        options,
      );
    });
  }

  async putModel(local: string, name: string, options: Transfer): Promise<{ kept: string; sentBytes: number }> {
    checkedName(name);
    return this.#staged([{ name, local }], async ([file]) => {
      const kept = await keepModel(this.#remote, file!, path.basename(local), options);
      const [from, to] = [`models/${kept.kept}`, `${this.job}/${name}`];
      // A link where the file system has them (FAT has none).
      await this.#quietly(
        ['sh', '-c', 'mkdir -p -- "$(dirname -- "$2")" && { ln -f -- "$1" "$2" 2>/dev/null || cp -- "$1" "$2"; }', 'sh', from, to],
        options.signal,
      );
      return kept;
    });
  }

  async get(
    names: readonly string[],
    folder: string,
    { mostBytes, ifThere = false, ...options }: Transfer & { mostBytes: number; ifThere?: boolean },
  ): Promise<string[]> {
    const wanted: { name: string; bytes: number }[] = [];
    for (const name of names) {
      const plain = checkedName(name.replace(/\/$/, ''));
      const found = name.endsWith('/')
        ? await filesIn(this.#remote, `${this.job}/${plain}`, ifThere, options.signal)
        : await listFiles(this.#remote, [`${this.job}/${plain}`], ifThere, options.signal);
      wanted.push(...found.map(({ name: file, bytes }) => ({ name: name.endsWith('/') ? `${plain}/${file}` : plain, bytes })));
    }
    const all = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
    if (all > mostBytes) {
      const message = `${this.title} has ${all} bytes of results, where at most ${mostBytes} were expected; nothing was fetched`;
      throw new LatheError('board.results', message, {}, 1);
    }
    await mkdir(folder, { recursive: true });
    await download(
      this.#remote,
      wanted.map(({ name, bytes }) => ({ from: `${this.job}/${name}`, name, bytes })),
      folder,
      options,
    );
    return wanted.map(({ name }) => name);
  }

  models(signal: AbortSignal): ReturnType<Board['models']> {
    return listModels(this.#remote, signal);
  }

  removeModel(name: string, signal: AbortSignal): Promise<void> {
    return removeModel(this.#remote, name, signal);
  }

  close(): Promise<void> {
    return this.connection.close(this.signal.aborted);
  }

  /** In our folder; anything but success is an error with what was said. */
  async #quietly(command: readonly [string, ...string[]], signal: AbortSignal): Promise<void> {
    await runOnBoard(this.#remote, command, signal);
  }

  /** The files under plain names in a folder of this machine: what sftp is told of them needs no quoting. */
  async #staged<Result>(
    files: readonly BoardFile[],
    work: (staged: Awaited<ReturnType<typeof stage>>) => Promise<Result>,
  ): Promise<Result> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lathe-'));
    try {
      return await work(await stage(files, folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

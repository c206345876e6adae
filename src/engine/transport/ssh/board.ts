import type { Finished } from '../../base/command.ts';

/** How one command on the board went. */
export interface RemoteOptions {
  readonly signal: AbortSignal;
  /** Milliseconds; what it started is ended then. */
  readonly limitMs: number;
  readonly keptBytes?: number;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A file of this machine, or text; `name` is relative to the job's folder, with `/` between its parts. */
export type BoardFile = { readonly name: string } & ({ readonly local: string } | { readonly text: string });

/** A model that stays in our folder, found again by its content. */
export interface BoardModel {
  readonly name: string;
  readonly bytes: number;
  readonly sha256?: string;
  /** ISO 8601. */
  readonly deployed?: string;
}

export interface Transfer {
  readonly signal: AbortSignal;
  /** Of all the files together. */
  readonly onBytes?: (done: number, total: number) => void;
}

/**
 * A board with a connection and a folder of its own for one job, which is cleared away when the job is done and when the line is lost.
 * Throws `ssh.*`, `board.*` and `Cancelled`.
 */
export interface Board {
  /** For people: "root@zcu104.local". */
  readonly title: string;
  /** Our folder, absolute on the board. */
  readonly folder: string;
  /** The job's folder, relative to it. */
  readonly job: string;
  /** Bytes, where the board tells. */
  readonly freeBytes?: number;
  /** Runs a program in the job's folder. However it ends is no error; a lost line is. */
  run(command: readonly [string, ...string[]], options: RemoteOptions): Promise<Finished>;
  /** Copies files into the job's folder; their checksums have been compared when it resolves. */
  put(files: readonly BoardFile[], options: Transfer): Promise<void>;
  /**
   * Copies a model into our folder, under a name that follows from its content, and links it into the job's folder as `name`. One that is there
   * already is not copied again, one that was copied in part goes on. Gives the bytes that were sent.
   */
  putModel(local: string, name: string, options: Transfer): Promise<{ readonly kept: string; readonly sentBytes: number }>;
  /**
   * Fetches files (or, with a `/` at the end, a folder's files) into a folder of this machine, under the same names. Never more than `mostBytes`.
   * `ifThere`: those that are missing are left out.
   */
  get(
    names: readonly string[],
    folder: string,
    options: Transfer & { readonly mostBytes: number; readonly ifThere?: boolean },
  ): Promise<string[]>;
  models(signal: AbortSignal): Promise<BoardModel[]>;
  /** Throws `board.no-model`. */
  removeModel(name: string, signal: AbortSignal): Promise<void>;
  /** Clears the job's folder away and closes the connection. Never throws. */
  close(): Promise<void>;
}

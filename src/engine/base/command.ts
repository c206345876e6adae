/** A program to start, as data: never a shell string. */
export interface Command {
  /** A name to look up in PATH, or an absolute path. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Working folder, absolute; this process's own by default. */
  readonly folder?: string;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to its standard input, which is closed after it; nothing by default. */
  readonly input?: string | Uint8Array;
}

/** How a program ended. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal?: string;
  /** The last `keptBytes` of each; bytes that are no UTF-8 replaced. */
  readonly stdout: string;
  readonly stderr: string;
  /** Something of the output was not kept. */
  readonly truncated: boolean;
  /** The limit of time was reached, and it was ended for that. */
  readonly timedOut: boolean;
}

export interface CommandOptions {
  /** Aborting ends the program and all that it started. */
  readonly signal: AbortSignal;
  /** Milliseconds; none by default. */
  readonly limitMs?: number;
  /** Of stdout and of stderr; 1 MiB by default. */
  readonly keptBytes?: number;
  /** Each line as it comes, cut at 16 KiB, without its end. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Started, and not waited for, where this process exits before the program: what ends with that command but not with the program, as a container. */
  readonly ifLeft?: Command;
  /** Told how to write more to its standard input, which then stays open until the program ends. */
  readonly onInput?: (write: (text: string) => void) => void;
  /** It may ask the user on the terminal: stays in this process's group, and is ended alone. */
  readonly terminal?: boolean;
}

/** Child processes, passed in. */
export interface Processes {
  /** Absolute path of a program in PATH; undefined: there is none. */
  find(program: string): Promise<string | undefined>;
  /** Resolves however it ends. Throws `process.not-found`, `process.start`, and `Cancelled` when the signal is aborted. */
  run(command: Command, options: CommandOptions): Promise<Finished>;
}

import type { WriteStream } from 'node:tty';

/** What the process gives the commands; nothing below reads `process` itself. */
export interface Cli {
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Bundled entry of the job process, absolute. */
  readonly workerPath: string;
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  /** What the process will exit with when the command ends without an error: 0, or 3 where a stated limit is missed. */
  exitCode: number;
}

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

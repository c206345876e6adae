import type { Finished } from '../../base/command.ts';
import { LatheError } from '../../base/errors.ts';
import { quoteCommand } from '../quote.ts';
import type { Connection } from './connection.ts';
import runScript from './run.sh';

/** A connection with our folder at its other end. */
export interface Remote {
  readonly connection: Connection;
  /** Absolute on the board. */
  readonly folder: string;
  /** The board, for people. */
  readonly title: string;
}

/** Our own small commands are done in a moment; a slow card or a large checksum may take its time. */
export const commandLimitMs = 300_000;

/** A program in the job's folder, so that the keeper can end it: one string for the board's shell. */
export const boardCommand = (folder: string, command: readonly [string, ...string[]]): string =>
  quoteCommand(['exec', 'sh', '-c', runScript, 'lathe', folder, ...command]);

/** A command of our own in our folder. Throws `board.command` when it fails, `board.disk-full` when that is why. */
export async function runOnBoard(
  { connection, folder, title }: Remote,
  command: readonly [string, ...string[]],
  signal: AbortSignal,
  keptBytes = 1 << 20,
): Promise<Finished> {
  const text = quoteCommand(['exec', 'sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'lathe', folder, ...command]);
  const finished = await connection.command(text, { signal, limitMs: commandLimitMs, keptBytes });
  if (finished.exitCode === 0 && !finished.timedOut) return finished;
  throw complaint(finished, title, `${command[0]} failed on ${title}`);
}

/** What a program on the board or sftp said when it failed. */
export function complaint({ stderr, exitCode, timedOut }: Finished, title: string, what: string): LatheError {
  // SFTP version 3 has no word for a full disk: OpenSSH's server says "Failure" then, and the client "write remote …: Failure".
  if (/No space left|[Qq]uota exceeded|File too large|write remote .*: Failure/.test(stderr)) return diskFull(title);
  if (/subsystem request failed|sftp-server: not found|Received message too long|^Connection closed\.?\s*$/m.test(stderr)) {
    const hint = 'Install openssh-sftp-server there (also beside dropbear), and see that its login files print nothing.';
    return new LatheError('ssh.no-sftp', `${title} takes no files: its ssh server has no sftp`, { hint }, 1);
  }
  const said = stderr.trim().split('\n').at(-1)?.trim().slice(0, 300);
  const how = timedOut ? 'it took too long' : said || `exit code ${exitCode}`;
  return new LatheError('board.command', `${what}: ${how}`, {}, 1);
}

export const diskFull = (title: string, needed?: number, free?: number): LatheError =>
  new LatheError(
    'board.disk-full',
    `${title} has no space left${needed === undefined ? '' : `: ${needed} bytes are needed, ${free} are free`}`,
    {
      hint: 'Remove models from it (`lathe deploy --remove`, or the devices view), set `pictures` to fewer, or `folder` to a place on a larger disk.',
    },
    1,
  );

import { mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { Cancelled, LatheError } from '../../base/errors.ts';
import type { Transfer } from './board.ts';
import { isSafeName } from './names.ts';
import { runOnBoard, type Remote } from './remote.ts';
import { sendBatch } from './sftp-batch.ts';

/** More files than a run can have results; the list itself is bounded by what is kept of the output. */
const mostFiles = 200_000;
const listBytes = 16 << 20;
const atOnce = 200;
/** How often it is looked whether a file grows beyond what was listed. */
const lookMs = 250;

export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
}

/** The plain files in a folder on the board, sorted. Names that are not plain are an error: none of ours makes such. */
export async function filesIn(remote: Remote, folder: string, ifThere: boolean, signal: AbortSignal): Promise<RemoteFile[]> {
  const script =
    '[ -d "$1" ] || exit "$2"; cd -- "$1" && for f in *; do [ -f "$f" ] && [ ! -L "$f" ] && printf "%s %s\\n" "$(wc -c <"$f")" "$f"; done; true';
  return listed(remote, ['sh', '-c', script, 'sh', folder, ifThere ? '0' : '1'], signal);
}

/** Files by their paths; one that is missing is an error unless `ifThere`. */
export async function listFiles(remote: Remote, files: readonly string[], ifThere: boolean, signal: AbortSignal): Promise<RemoteFile[]> {
  const script = 'for f; do [ -f "$f" ] && [ ! -L "$f" ] && printf "%s %s\\n" "$(wc -c <"$f")" "${f##*/}"; done; true';
  const found = await listed(remote, ['sh', '-c', script, 'sh', ...files], signal);
  if (ifThere || found.length === files.length) return found;
  throw new LatheError('board.results', `${remote.title} has not made ${files.map((file) => path.posix.basename(file)).join(', ')}`, {}, 1);
}

async function listed(remote: Remote, command: readonly [string, ...string[]], signal: AbortSignal): Promise<RemoteFile[]> {
  const { stdout, truncated } = await runOnBoard(remote, command, signal, listBytes);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const files = lines.map((line) => {
    const [, bytes = '', name = ''] = /^ *(\d{1,15}) (.*)$/s.exec(line) ?? [];
    if (bytes === '' || !isSafeName(name)) throw strange(remote, line);
    return { name, bytes: Number(bytes) };
  });
  if (truncated || files.length > mostFiles) throw new LatheError('board.results', `${remote.title} has too many files of results`, {}, 1);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const strange = ({ title }: Remote, line: string): LatheError =>
  new LatheError('board.results', `${title} names a file that no program of ours makes: ${JSON.stringify(line.slice(0, 100))}`, {}, 1);

/** Fetches files under plain names; a file that turns out larger than it was listed ends it. */
export async function download(
  remote: Remote,
  files: readonly { from: string; name: string; bytes: number }[],
  folder: string,
  { signal, onBytes }: Transfer,
): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  onBytes?.(0, total);
  for (let start = 0; start < files.length; start += atOnce) {
    const some = files.slice(start, start + atOnce);
    await bounded(
      some.map(({ bytes }, i) => ({ file: path.join(folder, `f${i}`), bytes })),
      signal,
      remote,
      (both) =>
        sendBatch(
          remote,
          some.map(({ from }, i) => `get ${from} f${i}`),
          folder,
          both,
        ),
    );
    for (const [i, { name, bytes }] of some.entries()) {
      const file = path.join(folder, `f${i}`);
      if ((await stat(file)).size !== bytes) throw changed(remote, name);
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await rename(file, path.join(folder, name));
      done += bytes;
    }
    onBytes?.(done, total);
  }
}

/** Ends `work` when one of the files grows beyond its size. */
async function bounded(
  files: readonly { file: string; bytes: number }[],
  signal: AbortSignal,
  remote: Remote,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const tooLarge = new AbortController();
  const look = async (): Promise<void> => {
    for (const { file, bytes } of files) {
      const found = await stat(file).catch(() => undefined); // not begun yet
      if (found && found.size > bytes) tooLarge.abort();
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  try {
    await work(AbortSignal.any([signal, tooLarge.signal]));
  } catch (error) {
    if (error instanceof Cancelled && !signal.aborted) throw changed(remote, 'a file of results');
    throw error;
  } finally {
    clearInterval(timer);
  }
}

const changed = ({ title }: Remote, name: string): LatheError =>
  new LatheError('board.results', `${name} on ${title} changed its size while it was fetched`, {}, 1);

import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import type { BoardModel, Transfer } from './board.ts';
import { checksums } from './checksums.ts';
import { asSafeName, isSafeName } from './names.ts';
import { diskFull, runOnBoard, type Remote } from './remote.ts';
import type { StagedFile } from './stage.ts';
import { damaged, sendBatch } from './sftp-batch.ts';

/** Beside each model: what the devices view tells of it. Only what has such a file is ours to list and to remove. */
const noteEnd = '.lathe.json';
const listBytes = 4 << 20;

/** Models lie in `models/`, named by their content, so that one that is there already is found. */
export async function keepModel(
  remote: Remote,
  staged: StagedFile,
  fileName: string,
  { signal, onBytes }: Transfer,
): Promise<{ kept: string; sentBytes: number }> {
  const { name, ext } = path.parse(asSafeName(fileName));
  const kept = `${name}-${staged.sha256.slice(0, 12)}${ext}`;
  const [whole, part] = [`models/${kept}`, `models/.${kept}.part`];
  onBytes?.(0, staged.bytes);
  const there = await sizesOf(remote, [whole, part], signal);
  if (there[0] === staged.bytes && (await checksums(remote, [whole], signal))[0] === staged.sha256) {
    onBytes?.(staged.bytes, staged.bytes);
    return { kept, sentBytes: 0 };
  }
  const free = remote.connection.greeting.freeBytes;
  const begun = there[1] !== undefined && there[1] > 0 && there[1] < staged.bytes ? there[1] : 0;
  if (free !== undefined && staged.bytes - begun > free) throw diskFull(remote.title, staged.bytes - begun, free);
  let sentBytes = await sendPart(remote, staged, part, begun, signal);
  if ((await checksums(remote, [part], signal))[0] !== staged.sha256) {
    // What was there before may have been damaged: once more from the beginning.
    if (begun === 0) throw damaged(remote, kept);
    sentBytes += await sendPart(remote, staged, part, 0, signal);
    if ((await checksums(remote, [part], signal))[0] !== staged.sha256) throw damaged(remote, kept);
  }
  await runOnBoard(
    remote,
    ['sh', '-c', `mv -f -- "$1" "$2" && printf '%s\\n' "$3" >"$2${noteEnd}"`, 'sh', part, whole, noteOf(staged)],
    signal,
  );
  onBytes?.(staged.bytes, staged.bytes);
  return { kept, sentBytes };
}

const noteOf = ({ sha256 }: StagedFile): string => JSON.stringify({ sha256 });

/** Goes on after `begun` bytes (`put -a`), or begins. */
async function sendPart(
  remote: Remote,
  { file, folder, bytes }: StagedFile,
  part: string,
  begun: number,
  signal: AbortSignal,
): Promise<number> {
  await sendBatch(remote, [begun > 0 ? `put -a ${file} ${part}` : `put ${file} ${part}`], folder, signal);
  return bytes - begun;
}

/** Bytes of files by their paths; undefined for one that is not there. */
async function sizesOf(remote: Remote, files: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
  const script = 'for f; do if [ -f "$f" ]; then wc -c <"$f"; else echo none; fi; done';
  const { stdout } = await runOnBoard(remote, ['sh', '-c', script, 'sh', ...files], signal);
  return stdout
    .trim()
    .split('\n')
    .map((line) => (/^\s*\d{1,15}\s*$/.test(line) ? Number(line) : undefined));
}

/** What lies in `models/`, by name. */
export async function listModels(remote: Remote, signal: AbortSignal): Promise<BoardModel[]> {
  const script = `cd models && for f in *; do [ -f "$f${noteEnd}" ] && [ -f "$f" ] && printf '%s %s %s\\n' "$(wc -c <"$f")" "$(date -u -r "$f" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || echo -)" "$f" && head -c 300 "$f${noteEnd}"; done; true`;
  const { stdout } = await runOnBoard(remote, ['sh', '-c', script], signal, listBytes);
  const lines = stdout.split('\n');
  return lines.flatMap((line, i) => {
    const [, bytes, deployed = '-', name = ''] = /^ *(\d{1,15}) (\S{1,30}) (\S{1,200})$/.exec(line) ?? [];
    if (bytes === undefined || !isSafeName(name)) return [];
    const sha256 = /"sha256":"([0-9a-f]{64})"/.exec(lines[i + 1] ?? '')?.[1];
    const when = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(deployed) ? deployed : undefined;
    return [{ name, bytes: Number(bytes), ...(sha256 ? { sha256 } : {}), ...(when ? { deployed: when } : {}) }];
  });
}

/** Removes a model of ours. Throws `board.no-model`. */
export async function removeModel(remote: Remote, name: string, signal: AbortSignal): Promise<void> {
  if (!isSafeName(name) || !(await listModels(remote, signal)).some((model) => model.name === name)) {
    throw new LatheError('board.no-model', `${remote.title} has no model ${JSON.stringify(name.slice(0, 100))} of ours`);
  }
  await runOnBoard(remote, ['rm', '-f', '--', `models/${name}`, `models/${name}${noteEnd}`], signal);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hashOf } from './stage.ts';
import { runOnBoard, type Remote } from './remote.ts';
import { sendBatch } from './sftp-batch.ts';

/** Programs that print a line for each file that begins with its sha256. */
const tools: Readonly<Record<string, readonly [string, ...string[]]>> = {
  sha256sum: ['sha256sum', '--'],
  shasum: ['shasum', '-a', '256', '--'],
  openssl: ['openssl', 'dgst', '-sha256', '-r'],
};

/** sha256 of files on the board, by their paths in our folder; where the board can't compute one they are fetched for it. */
export async function checksums(remote: Remote, files: readonly string[], signal: AbortSignal): Promise<string[]> {
  const tool = Object.keys(tools).find((name) => remote.connection.greeting.has.has(name));
  if (tool === undefined) return fetched(remote, files, signal);
  const { stdout } = await runOnBoard(remote, [...tools[tool]!, ...files] as [string, ...string[]], signal);
  return stdout
    .trim()
    .split('\n')
    .map((line) => /^\\?([0-9a-f]{64})\b/.exec(line)?.[1] ?? '');
}

async function fetched(remote: Remote, files: readonly string[], signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-'));
  try {
    const found: string[] = [];
    for (const file of files) {
      await sendBatch(remote, [`get ${file} back`], folder, signal);
      found.push(await hashOf(path.join(folder, 'back')));
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

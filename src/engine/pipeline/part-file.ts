import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileDocument } from '../../protocol/results/file.ts';
import { LatheError } from '../base/errors.ts';
import { parseExact } from '../base/json.ts';
import { makeFolder, writeFileAtomic } from './atomic.ts';

/** Writes a file that a job answers with, and says how large it is. Throws `disk.full`, `disk.denied`. */
export async function writeOutput(file: string, data: string | Uint8Array): Promise<FileDocument['output']> {
  await makeFolder(path.dirname(file));
  await writeFileAtomic(file, data);
  return { path: file, bytes: (await stat(file)).size };
}

/** A part of a sharded job: its text, and which kind of job wrote it. Throws `shard.parts` for any other file. */
export async function readPartFile(file: string): Promise<{ file: string; text: string; kind: string; value: object }> {
  try {
    const text = await readFile(file, 'utf8');
    const value = parseExact(text) as { kind?: unknown } | null;
    if (value !== null && typeof value === 'object' && typeof value.kind === 'string') return { file, text, kind: value.kind, value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw new LatheError('file.read', `the file can't be read: ${(error as Error).message}`, { file, cause: error });
    }
  }
  throw unfitPart('it is no part of a sharded job', file);
}

export const unfitPart = (message: string, file: string | undefined): LatheError =>
  new LatheError('shard.parts', message, { file, hint: 'Parts are written by --shard i/n; all parts of one job belong together.' });

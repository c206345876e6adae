import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import type { BoardFile } from './board.ts';

/** A file ready to be sent: under a plain name in a folder of its own. */
export interface StagedFile {
  /** Folder of this machine that holds it, and its name in there. */
  readonly folder: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Puts files, or links to them, into a folder under names that need no quoting in sftp's language. Throws `file.read`. */
export async function stage(files: readonly BoardFile[], folder: string): Promise<StagedFile[]> {
  await mkdir(folder, { recursive: true });
  const staged: StagedFile[] = [];
  for (const [i, one] of files.entries()) {
    const file = `f${i}`;
    const place = path.join(folder, file);
    if ('text' in one) await writeFile(place, one.text);
    else if (process.platform === 'win32') await copyFile(one.local, place);
    else await symlink(path.resolve(one.local), place);
    const source = 'text' in one ? place : one.local;
    staged.push({ folder, file, bytes: await sizeOf(source), sha256: await hashOf(source) });
  }
  return staged;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** sha256 of a file, in pieces. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  } catch (error) {
    throw unreadable(file, error);
  }
  return hash.digest('hex');
}

const unreadable = (file: string, error: unknown): LatheError =>
  new LatheError('file.read', `the file can't be read: ${(error as Error).message}`, { file, cause: error });

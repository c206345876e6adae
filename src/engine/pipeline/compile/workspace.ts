import { createHash } from 'node:crypto';
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import type { CompilePlan } from '../../targets/compile-plan.ts';
import { diskError, makeFolder } from '../atomic.ts';
import { acquireLock, type Lock } from '../lock.ts';

/** The compiler's own folder, inside the one that the result goes to. Its name begins with a dot: no file watcher shall follow what happens there. */
export const workFolder = (folder: string): string => path.join(folder, '.work');

/** Names what belongs to a job on this folder elsewhere: the same each time, so that what a killed job left behind is found. */
export const folderId = (folder: string): string => createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 12);

const longestName = 64;

/** A model's file as the name of a network that every tool takes: letters, digits, `_`, `-`; never an option or a path. */
export function networkName(model: string): string {
  const stem = path.basename(model, path.extname(model)).replace(/_int$/, '');
  const plain = stem
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[^A-Za-z]+/, '')
    .replace(/[_-]+$/, '')
    .slice(0, longestName);
  return plain === '' ? 'model' : plain;
}

/** An empty folder for one job, held against others. */
export interface Workspace {
  readonly folder: string;
  /** A job that was killed has left its folder, and maybe a container. */
  readonly leftBehind: boolean;
  /** Removes it, and the folder around it where that is new and nothing has come into it; lets others in. */
  close(): Promise<void>;
}

/** Throws `run.locked` while another process compiles into this folder, `disk.*`. */
export async function openWorkspace(into: string): Promise<Workspace> {
  const isNew = !existsSync(into);
  await makeFolder(into);
  const lock: Lock = await acquireLock(into);
  const folder = workFolder(into);
  try {
    const leftBehind = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const close = async (): Promise<void> => {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      await lock.release();
      if (isNew && (await readdir(into)).length === 0) await rmdir(into);
    };
    return { folder, leftBehind, close };
  } catch (error) {
    await lock.release();
    throw diskError(error, folder);
  }
}

/** Puts a model that the compiler takes as it is into the folder: some compilers write over their input. */
export async function copyModel(model: string, to: string): Promise<void> {
  const found = await stat(model).catch((cause: unknown) => {
    throw new LatheError('file.read', 'the model can’t be read', { file: model, cause });
  });
  if (!found.isFile()) throw new LatheError('file.read', 'this is no regular file', { file: model });
  await copyFile(model, to);
}

export async function writeFiles(folder: string, files: CompilePlan['files']): Promise<void> {
  for (const { name, text } of files) await writeFile(path.join(folder, name), text, { flag: 'wx' });
}

/** The size of a file that a tool has made in its folder; undefined where there is none, an empty one, or a link to somewhere else. */
export function madeFile(folder: string, name: string): number | undefined {
  const file = path.join(folder, name);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size === 0) return undefined;
  // No folder on the way may lead out either.
  return realpathSync(file) === path.join(realpathSync(folder), name) ? found.size : undefined;
}

/** Moves what was made, and what belongs to it, to where it is wanted. Returns the file's path. */
export async function deliver(
  folder: string,
  { output, beside = [] }: Pick<CompilePlan, 'output' | 'beside'>,
  into: string,
): Promise<string> {
  const place = (name: string): string => path.join(into, path.basename(name));
  for (const name of beside) {
    if (madeFile(folder, name) !== undefined) await rename(path.join(folder, name), place(name));
  }
  await rename(path.join(folder, output), place(output));
  return place(output);
}

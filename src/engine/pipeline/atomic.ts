import { randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../base/errors.ts';
import { toJson } from '../base/json.ts';

/** Ours and those of onnx/file.ts. */
const temporaryName = /\.tmp-\d+$|^\..+\.[0-9a-f]{12}\.tmp$/;

/** A name beside the file that nobody else uses and `removeTemporaryFiles` knows. */
export const temporaryPath = (file: string): string => `${file}.tmp-${randomInt(2 ** 40)}`;

/**
 * Writes a file so that it is there whole or not at all, whenever the process or the machine stops: temporary file beside it,
 * flush, rename, flush of the folder. Throws `disk.full` (exit code 1) when there is no space; the old file stays then.
 */
export async function writeFileAtomic(file: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporaryPath(file);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, file);
  }
}

/** JSON for people and machines: two spaces, numbers that are not finite as words, a newline at the end. */
export const writeJsonAtomic = (file: string, value: unknown): Promise<void> => writeFileAtomic(file, `${toJson(value)}\n`);

/** Makes a rename inside the folder last. Windows can't open folders and needs no such thing. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what a killed process left half-written in a folder and the folders in it. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await removeTemporaryFiles(file);
    else if (temporaryName.test(entry.name)) await rm(file, { force: true });
  }
}

/**
 * Makes a folder and those above it. One at a time: Node's `recursive` never comes back where the system refuses with ENOENT (/proc).
 * Throws `disk.full`, `disk.denied`, `disk.folder`.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (isFolder(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) await makeFolder(above);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have been quicker.
    if (isFolder(folder)) return;
    const known = diskError(error, folder);
    if (known !== error) throw known;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'a file is in the way' : message;
    throw new LatheError(
      'disk.folder',
      `the folder can't be made: ${reason}`,
      { file: folder, hint: 'choose another output folder', cause: error },
      1,
    );
  }
}

function isFolder(place: string): boolean {
  try {
    return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    // A part of the path is a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw diskError(error, place);
  }
}

/** File system errors in plain words; others as they are. */
export function diskError(error: unknown, file: string): unknown {
  const system = error instanceof LatheError && error.code === 'file.write' ? error.place.cause : error;
  const code = (system as NodeJS.ErrnoException | null | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'free some space, then run it again with --resume: what was finished is kept';
    return new LatheError('disk.full', 'no space is left on the disk', { file, hint, cause: error }, 1);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new LatheError(
      'disk.denied',
      'this place may not be written to',
      { file, hint: 'choose another output folder', cause: error },
      1,
    );
  }
  return error;
}

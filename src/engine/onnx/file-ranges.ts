import { type FileHandle, open } from 'node:fs/promises';
import { LatheError } from '../base/errors.ts';
import { fileError } from './file-error.ts';
import type { FileRange } from './wire-writer.ts';

/** One read call moves at most this much: the operating systems stop at 2 GB. */
const largestRead = 2 ** 30;

/** Reads stretches of files, each file opened once. Close it when done. */
export class FileRanges {
  readonly #handles = new Map<string, FileHandle>();

  /** Throws `model.truncated` when the file is shorter than it was when the stretch was found, and `file.read`. */
  async read({ path, offset, length }: FileRange): Promise<Uint8Array> {
    try {
      const handle = await this.#open(path);
      const { size } = await handle.stat();
      if (offset + length > size) {
        throw new LatheError('model.truncated', 'the file became shorter after it was opened', { file: path, offset: size });
      }
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, largestRead), offset + done);
        if (bytesRead === 0) {
          throw new LatheError('model.truncated', 'the file became shorter while it was read', { file: path, offset: offset + done });
        }
        done += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw fileError(error, path, 'read');
    }
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close();
    this.#handles.clear();
  }

  async #open(path: string): Promise<FileHandle> {
    let handle = this.#handles.get(path);
    if (!handle) {
      handle = await open(path, 'r');
      this.#handles.set(path, handle);
    }
    return handle;
  }
}

/** Reads one stretch of a file. */
export async function readRange(range: FileRange): Promise<Uint8Array> {
  const ranges = new FileRanges();
  try {
    return await ranges.read(range);
  } finally {
    await ranges.close();
  }
}

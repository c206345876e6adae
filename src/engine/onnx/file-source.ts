import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { LatheError } from '../base/errors.ts';
import { fileError } from './file-error.ts';
import type { ByteSource } from './wire-reader.ts';

/** Opens a file to be read in pieces while `read` works on it. Throws LatheError `file.read` for what is no regular file or cannot be read. */
export function withFileSource<T>(path: string, read: (source: ByteSource) => T): T {
  let file: number | undefined;
  try {
    // Looked at before it is opened: opening a pipe would wait for its other end.
    if (!statSync(path).isFile()) throw new LatheError('file.read', 'this is no regular file', { file: path });
    file = openSync(path, 'r');
    return read(fileSource(file, fstatSync(file).size));
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function fileSource(file: number, size: number): ByteSource {
  let buffer = new Uint8Array(1 << 16);
  return {
    size,
    stable: false,
    read(offset, length) {
      const wanted = Math.min(length, size - offset);
      if (wanted > buffer.length) buffer = new Uint8Array(wanted);
      return buffer.subarray(0, readSync(file, buffer, 0, wanted, offset));
    },
  };
}

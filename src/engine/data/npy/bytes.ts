import type { FileHandle } from 'node:fs/promises';
import { LatheError } from '../../base/errors.ts';

/** Bytes that are read piece by piece: of a file, of a part of one, or in memory. */
export interface ByteSource {
  readonly size: number;
  /** Throws `data.npy` when the range is not all there. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const cutOff = (): LatheError => new LatheError('data.npy', 'the file is cut off');

export const fileBytes = (handle: FileHandle, size: number): ByteSource => ({
  size,
  async read(offset, length) {
    if (offset + length > size) throw cutOff();
    const buffer = new Uint8Array(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    if (bytesRead < length) throw cutOff();
    return buffer;
  },
});

export const memoryBytes = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  async read(offset, length) {
    if (offset + length > bytes.length) throw cutOff();
    return bytes.slice(offset, offset + length);
  },
});

import { LatheError } from '../../base/errors.ts';
import type { Picture } from '../types.ts';

/** What a picture file's header says, read before anything is allocated for it. */
export interface PictureHeader {
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8; 1 is upright. */
  readonly orientation: number;
}

/** A picture format: one file in this folder, one line in index.ts. Both functions throw `data.picture` for a file that is broken. */
export interface PictureFormat {
  readonly name: string;
  readonly extensions: readonly string[];
  /** Looks at the first bytes; a file's ending is not trusted. */
  matches(bytes: Uint8Array): boolean;
  header(bytes: Uint8Array): PictureHeader;
  /** As stored: orientation is applied by the caller. */
  decode(bytes: Uint8Array, header: PictureHeader): Picture | Promise<Picture>;
}

/** Most pixels a picture may have: 100 million, above which a file is taken for broken or hostile. */
export const maxPixels = 100_000_000;

export const broken = (message: string, cause?: unknown): LatheError => new LatheError('data.picture', message, { cause });

/** Refuses a size before memory is asked for. `mostPerByte`: pixels that one byte of the file can stand for at most. */
export function checkSize(width: number, height: number, bytes: number, mostPerByte = Infinity): void {
  if (width < 1 || height < 1) throw broken(`the header says ${width} x ${height} pixels`);
  if (width * height > maxPixels) throw broken(`the header says ${width} x ${height} pixels; at most ${maxPixels / 1e6} million are read`);
  if (width * height > bytes * mostPerByte) {
    throw broken(`the header says ${width} x ${height} pixels, more than ${bytes} bytes can hold`);
  }
}

export const text = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)));

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

import type { Picture } from '../types.ts';
import { broken, checkSize, viewOf, type PictureFormat, type PictureHeader } from './format.ts';

interface PnmHeader extends PictureHeader {
  readonly kind: number;
  readonly channels: 1 | 3;
  readonly largest: number;
  /** Where the samples begin. */
  readonly start: number;
}

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** PBM, PGM and PPM (P1 to P6). Samples are scaled from 0..maximum to 0..255, rounded; two-byte samples keep their high byte if the maximum is 65535. */
export const pnm: PictureFormat = {
  name: 'PPM',
  extensions: ['.ppm', '.pgm', '.pbm', '.pnm'],
  matches: (bytes) => bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x36 && isSpace(bytes[2] ?? 0),
  header: readHeader,
  decode: (bytes, header) => decode(bytes, header as PnmHeader),
};

/** Reads one number after white space and comments; returns it and the place behind it. */
function number(bytes: Uint8Array, from: number): [value: number, end: number] {
  let at = from;
  for (; at < bytes.length && (isSpace(bytes[at]!) || bytes[at] === 0x23); at++) {
    if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
  }
  const start = at;
  let value = 0;
  for (; at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39 && at - start < 10; at++) value = value * 10 + bytes[at]! - 0x30;
  if (at === start) throw broken('a number is missing or the file is cut off');
  return [value, at];
}

function readHeader(bytes: Uint8Array): PnmHeader {
  const kind = bytes[1]! - 0x30;
  const [width, afterWidth] = number(bytes, 2);
  const [height, afterHeight] = number(bytes, afterWidth);
  const bitmap = kind === 1 || kind === 4;
  const [largest, end] = bitmap ? [1, afterHeight] : number(bytes, afterHeight);
  if (largest < 1 || largest > 65535) throw broken(`the largest sample is ${largest}; it must be 1 to 65535`);
  checkSize(width, height, bytes.length, kind === 4 ? 8 : 1);
  return { width, height, orientation: 1, kind, channels: kind === 3 || kind === 6 ? 3 : 1, largest, start: end + 1 };
}

function decode(bytes: Uint8Array, header: PnmHeader): Picture {
  const { width, height, channels, kind } = header;
  const data = new Uint8Array(width * height * channels);
  if (kind === 4) readBits(bytes, header, data);
  else if (kind > 4) readBinary(bytes, header, data);
  else readText(bytes, header, data);
  return { width, height, channels, data };
}

const scaled = (value: number, largest: number): number => {
  if (value > largest) throw broken(`a sample is ${value}, above the largest of ${largest}`);
  return largest === 255 ? value : largest === 65535 ? value >> 8 : Math.round((value * 255) / largest);
};

function readBinary(bytes: Uint8Array, { start, largest }: PnmHeader, data: Uint8Array): void {
  const wide = largest > 255;
  if (start + data.length * (wide ? 2 : 1) > bytes.length) throw broken('the file is cut off');
  const view = viewOf(bytes);
  for (let i = 0; i < data.length; i++) data[i] = scaled(wide ? view.getUint16(start + i * 2) : bytes[start + i]!, largest);
}

function readBits(bytes: Uint8Array, { width, height, start }: PnmHeader, data: Uint8Array): void {
  const stride = Math.ceil(width / 8);
  if (start + stride * height > bytes.length) throw broken('the file is cut off');
  // 1 is black.
  for (let i = 0; i < data.length; i++) {
    const column = i % width;
    const byte = bytes[start + Math.floor(i / width) * stride + (column >> 3)]!;
    data[i] = (byte >> (7 - (column & 7))) & 1 ? 0 : 255;
  }
}

function readText(bytes: Uint8Array, { start, largest, kind }: PnmHeader, data: Uint8Array): void {
  let at = start - 1;
  for (let i = 0; i < data.length; i++) {
    if (kind === 1) {
      // Digits of a bitmap need no space between them.
      while (at < bytes.length && bytes[at] !== 0x30 && bytes[at] !== 0x31) at++;
      if (at >= bytes.length) throw broken('the file is cut off');
      data[i] = bytes[at++] === 0x31 ? 0 : 255;
    } else {
      const [value, end] = number(bytes, at);
      data[i] = scaled(value, largest);
      at = end;
    }
  }
}

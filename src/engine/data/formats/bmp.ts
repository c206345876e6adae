import type { Picture } from '../types.ts';
import { broken, checkSize, text, viewOf, type PictureFormat, type PictureHeader } from './format.ts';

interface BmpHeader extends PictureHeader {
  readonly bits: number;
  /** Rows run from the top (negative height in the file). */
  readonly topDown: boolean;
  /** Offsets in the file. */
  readonly pixels: number;
  readonly palette: number;
  readonly paletteEntry: number;
  readonly colors: number;
  /** Bit masks of red, green and blue for 16 and 32 bits. */
  readonly masks: readonly [number, number, number];
}

/** BMP without compression: 1, 4, 8 bits with a palette, 16, 24 and 32 bits. Alpha is dropped. */
export const bmp: PictureFormat = {
  name: 'BMP',
  extensions: ['.bmp', '.dib'],
  matches: (bytes) => text(bytes, 0, 2) === 'BM',
  header: readHeader,
  decode: (bytes, header) => decode(bytes, header as BmpHeader),
};

function readHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.length < 26) throw broken('the BMP header is cut off');
  const view = viewOf(bytes);
  const info = view.getUint32(14, true);
  const old = info === 12;
  if (!old && (info < 40 || bytes.length < 14 + info)) throw broken(`a BMP header of ${info} bytes is not known or cut off`);
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = old ? view.getInt16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw broken(`there is no BMP with ${bits} bits a pixel`);
  if (compression !== 0 && compression !== 3) throw broken('compressed BMP is not read');
  const height = Math.abs(signedHeight);
  checkSize(width, height, bytes.length, 8 / bits);
  const pixels = view.getUint32(10, true);
  if (pixels + height * rowBytes(width, bits) > bytes.length) throw broken('the BMP is cut off');
  let masks: [number, number, number] = bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  if (compression === 3) {
    if (bytes.length < 66) throw broken('the BMP header is cut off');
    masks = [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
  }
  const paletteEntry = old ? 3 : 4;
  const palette = 14 + info + (compression === 3 && info === 40 ? 12 : 0);
  const colors = Math.min(1 << Math.min(bits, 8), Math.max(0, Math.floor((pixels - palette) / paletteEntry)));
  return { width, height, orientation: 1, bits, topDown: signedHeight < 0, pixels, palette, paletteEntry, colors, masks };
}

const rowBytes = (width: number, bits: number): number => Math.ceil((width * bits) / 32) * 4;

function decode(bytes: Uint8Array, header: BmpHeader): Picture {
  const { width, height, bits } = header;
  const data = new Uint8Array(width * height * 3);
  const stride = rowBytes(width, bits);
  const pixel = bits <= 8 ? paletteReader(bytes, header) : directReader(bytes, header);
  for (let row = 0; row < height; row++) {
    const from = header.pixels + (header.topDown ? row : height - 1 - row) * stride;
    for (let column = 0; column < width; column++) pixel(from, column, data, (row * width + column) * 3);
  }
  return { width, height, channels: 3, data };
}

type PixelReader = (row: number, column: number, data: Uint8Array, to: number) => void;

function paletteReader(bytes: Uint8Array, { bits, palette, paletteEntry, colors }: BmpHeader): PixelReader {
  return (row, column, data, to) => {
    const bit = column * bits;
    const index = (bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
    if (index >= colors) throw broken(`a pixel has colour ${index} of a palette of ${colors}`);
    const from = palette + index * paletteEntry;
    for (let c = 0; c < 3; c++) data[to + c] = bytes[from + 2 - c]!;
  };
}

function directReader(bytes: Uint8Array, { bits, masks }: BmpHeader): PixelReader {
  if (bits === 24) {
    return (row, column, data, to) => {
      for (let c = 0; c < 3; c++) data[to + c] = bytes[row + column * 3 + 2 - c]!;
    };
  }
  const view = viewOf(bytes);
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, top: mask >>> shift || 1 };
  });
  return (row, column, data, to) => {
    const value = bits === 16 ? view.getUint16(row + column * 2, true) : view.getUint32(row + column * 4, true);
    fields.forEach(({ mask, shift, top }, c) => (data[to + c] = Math.round((((value & mask) >>> shift) * 255) / top)));
  };
}

import { inflateSync } from 'node:zlib';
import type { Picture } from '../types.ts';
import { exifOrientation } from './exif.ts';
import { broken, checkSize, text, viewOf, type PictureFormat, type PictureHeader } from './format.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Samples a pixel by colour type: gray, RGB, palette index, gray + alpha, RGBA (PNG 3rd edition, 11.2.1). */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

interface PngHeader extends PictureHeader {
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
  readonly palette?: Uint8Array;
  readonly compressed: readonly Uint8Array[];
}

/** One picture, or one of the seven of an interlaced file: every `stepX`-th pixel of every `stepY`-th row from (x, y). */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

const whole: readonly Pass[] = [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
const adam7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

/**
 * PNG on Node's zlib. 16-bit samples keep their high byte, fewer bits are widened to 0..255, palettes are looked up, alpha and
 * transparency are dropped. Of an animation the first picture.
 */
export const png: PictureFormat = {
  name: 'PNG',
  extensions: ['.png'],
  matches: (bytes) => signature.every((byte, i) => bytes[i] === byte),
  header: readHeader,
  decode: (bytes) => decode(readHeader(bytes)),
};

function readHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < 33 || text(bytes, 12, 16) !== 'IHDR') throw broken('the PNG header is cut off');
  const view = viewOf(bytes);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colorType, , , interlace] = bytes.subarray(24, 29) as unknown as [number, number, number, number, number];
  if (!depthsOf[colorType]?.includes(depth)) throw broken(`there is no PNG of colour type ${colorType} with ${depth} bits`);
  // Deflate makes at most 1032 bytes of one.
  checkSize(width, height, bytes.length, (1032 * 8) / depth);
  const compressed: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let orientation = 1;
  for (let at = 33; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = text(bytes, at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT') compressed.push(body);
    else if (type === 'PLTE') palette = body;
    else if (type === 'eXIf') orientation = exifOrientation(body);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (colorType === 3 && !palette) throw broken('the PNG has no palette');
  return { width, height, orientation, depth, colorType, interlaced: interlace === 1, palette, compressed };
}

function decode(header: PngHeader): Picture {
  const { width, height, depth, colorType } = header;
  const samples = samplesOf[colorType]!;
  const passes = (header.interlaced ? adam7 : whole).map((pass) => {
    const columns = Math.ceil((width - pass.x) / pass.stepX);
    const rows = Math.ceil((height - pass.y) / pass.stepY);
    const rowBytes = Math.ceil((columns * samples * depth) / 8);
    return { ...pass, columns, rows, rowBytes, bytes: columns > 0 && rows > 0 ? rows * (rowBytes + 1) : 0 };
  });
  const raw = inflate(
    header.compressed,
    passes.reduce((sum, pass) => sum + pass.bytes, 0),
  );
  const stored = new Uint8Array(width * height * samples);
  let offset = 0;
  for (const pass of passes) {
    if (pass.bytes === 0) continue;
    const rows = raw.subarray(offset, offset + pass.bytes);
    unfilter(rows, pass.rows, pass.rowBytes, Math.max(1, (samples * depth) >> 3));
    place(rows, pass, { stored, width, samples, depth, widen: colorType !== 3 });
    offset += pass.bytes;
  }
  return { width, height, ...(colorType === 3 ? lookUp(stored, header.palette!) : dropAlpha(stored, samples)) };
}

function inflate(parts: readonly Uint8Array[], size: number): Uint8Array {
  try {
    const raw = inflateSync(parts.length === 1 ? parts[0]! : Buffer.concat(parts), { maxOutputLength: size });
    if (raw.length === size) return raw;
  } catch (cause) {
    throw broken('the compressed data of the PNG is broken or cut off', cause);
  }
  throw broken('the PNG has fewer pixels than its header says');
}

/** Undoes the row filters in place (PNG, 9.2). Each row is one filter byte and `rowBytes` bytes; `distance`: to the byte on the left. */
function unfilter(data: Uint8Array, rows: number, rowBytes: number, distance: number): void {
  const stride = rowBytes + 1;
  for (let row = 0; row < rows; row++) {
    const start = row * stride + 1;
    const end = start + rowBytes;
    const filter = data[start - 1]!;
    if (filter === 0) continue;
    if (filter > 4) throw broken(`row ${row + 1} of the PNG has no valid filter`);
    if (row === 0) undoFirstRow(data, filter, start, end, distance);
    else undoRow(data, filter, start, end, distance, stride);
  }
}

/** Above the first row lie zeros: what is left of the filters looks only to the left. */
function undoFirstRow(data: Uint8Array, filter: number, start: number, end: number, distance: number): void {
  if (filter === 2) return;
  for (let i = start + distance; i < end; i++) data[i]! += filter === 3 ? data[i - distance]! >> 1 : data[i - distance]!;
}

/** A loop for each filter: this is where reading a small PNG spends its time. */
function undoRow(data: Uint8Array, filter: number, start: number, end: number, distance: number, stride: number): void {
  const inner = start + distance;
  switch (filter) {
    case 1:
      for (let i = inner; i < end; i++) data[i]! += data[i - distance]!;
      break;
    case 2:
      for (let i = start; i < end; i++) data[i]! += data[i - stride]!;
      break;
    case 3:
      for (let i = start; i < inner; i++) data[i]! += data[i - stride]! >> 1;
      for (let i = inner; i < end; i++) data[i]! += (data[i - distance]! + data[i - stride]!) >> 1;
      break;
    default:
      for (let i = start; i < inner; i++) data[i]! += data[i - stride]!;
      for (let i = inner; i < end; i++) data[i]! += paeth(data[i - distance]!, data[i - stride]!, data[i - stride - distance]!);
  }
}

function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

interface Target {
  readonly stored: Uint8Array;
  readonly width: number;
  readonly samples: number;
  readonly depth: number;
  /** Small samples become 0..255; palette indices stay what they are. */
  readonly widen: boolean;
}

function place(data: Uint8Array, pass: Pass & { columns: number; rows: number; rowBytes: number }, target: Target): void {
  const { stored, width, samples, depth } = target;
  const scale = target.widen && depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  const mask = (1 << depth) - 1;
  const perRow = pass.columns * samples;
  const bytesPerSample = depth === 16 ? 2 : 1;
  for (let row = 0; row < pass.rows; row++) {
    const from = row * (pass.rowBytes + 1) + 1;
    const to = ((pass.y + row * pass.stepY) * width + pass.x) * samples;
    if (depth === 8 && pass.stepX === 1) {
      stored.set(data.subarray(from, from + perRow), to);
      continue;
    }
    for (let i = 0, column = 0; i < perRow; column++) {
      const at = to + column * pass.stepX * samples;
      for (let s = 0; s < samples; s++, i++) {
        if (depth >= 8) stored[at + s] = data[from + i * bytesPerSample]!;
        else stored[at + s] = ((data[from + ((i * depth) >> 3)]! >> (8 - depth - ((i * depth) & 7))) & mask) * scale;
      }
    }
  }
}

function lookUp(indices: Uint8Array, palette: Uint8Array): Pick<Picture, 'channels' | 'data'> {
  const data = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * 3;
    if (from + 3 > palette.length) throw broken(`a pixel has colour ${indices[i]} of a palette of ${Math.floor(palette.length / 3)}`);
    data[i * 3] = palette[from]!;
    data[i * 3 + 1] = palette[from + 1]!;
    data[i * 3 + 2] = palette[from + 2]!;
  }
  return { channels: 3, data };
}

function dropAlpha(stored: Uint8Array, samples: number): Pick<Picture, 'channels' | 'data'> {
  if (samples === 1 || samples === 3) return { channels: samples, data: stored };
  const channels = samples === 2 ? 1 : 3;
  const pixels = stored.length / samples;
  const data = new Uint8Array(pixels * channels);
  for (let i = 0; i < pixels; i++) for (let c = 0; c < channels; c++) data[i * channels + c] = stored[i * samples + c]!;
  return { channels, data };
}

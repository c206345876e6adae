import jpegJs from 'jpeg-js';
import type { Picture } from '../types.ts';
import { exifOrientation } from './exif.ts';
import { broken, checkSize, maxPixels, text, viewOf, type PictureFormat, type PictureHeader } from './format.ts';
import { WasmCodec } from './wasm.ts';

const codec = new WasmCodec('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', () => import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js'));

/** A block of 8 x 8 pixels costs at least a quarter of a bit or so, even where chroma is halved both ways. */
const mostPixelsPerByte = 2048;

interface JpegHeader extends PictureHeader {
  readonly components: number;
}

/**
 * JPEG, baseline and progressive, by libjpeg (mozjpeg as WebAssembly): the same samples as Pillow, torchvision and OpenCV give. CMYK
 * and YCCK by jpeg-js, converted as Pillow does.
 */
export const jpeg: PictureFormat = {
  name: 'JPEG',
  extensions: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  matches: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  header: readHeader,
  decode: (bytes, header) => ((header as JpegHeader).components === 4 ? decodeCmyk(bytes) : decode(bytes, header as JpegHeader)),
};

function readHeader(bytes: Uint8Array): JpegHeader {
  const view = viewOf(bytes);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw broken(`no JPEG marker at byte ${at}`);
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    // Start of frame: 0xC0 to 0xCF without DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (at + 10 > bytes.length) break;
      const [height, width, components] = [view.getUint16(at + 5), view.getUint16(at + 7), bytes[at + 9]!];
      if (bytes[at + 4] !== 8) throw broken(`the JPEG has ${bytes[at + 4]} bits a sample; only 8 are read`);
      checkSize(width, height, bytes.length, mostPixelsPerByte);
      return { width, height, orientation, components };
    }
    if (marker === 0xe1 && text(bytes, at + 4, at + 10) === 'Exif\0\0') {
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + length));
    }
    at += 2 + length;
  }
  throw broken('the JPEG header is cut off');
}

async function decode(bytes: Uint8Array, header: JpegHeader): Promise<Picture> {
  const { width, height, data } = await codec.decode(bytes, false);
  return { width, height, ...fromRgba(data, header.components === 1 ? 1 : 3) };
}

function decodeCmyk(bytes: Uint8Array): Picture {
  try {
    const limits = { maxResolutionInMP: maxPixels / 1e6, maxMemoryUsageInMB: 2048 };
    const { width, height, data } = jpegJs.decode(bytes, { useTArray: true, formatAsRGBA: true, tolerantDecoding: false, ...limits });
    return { width, height, ...fromRgba(data, 3) };
  } catch (cause) {
    throw broken(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Drops alpha; of gray pictures (equal channels) keeps one. */
export function fromRgba(rgba: Uint8ClampedArray | Uint8Array, channels: 1 | 3): Pick<Picture, 'channels' | 'data'> {
  const pixels = rgba.length / 4;
  const data = new Uint8Array(pixels * channels);
  if (channels === 1) {
    for (let i = 0; i < pixels; i++) data[i] = rgba[i * 4]!;
    return { channels, data };
  }
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { channels, data };
}

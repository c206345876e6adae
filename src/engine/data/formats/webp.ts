import type { Picture } from '../types.ts';
import { exifOrientation } from './exif.ts';
import { broken, checkSize, text, viewOf, type PictureFormat, type PictureHeader } from './format.ts';
import { fromRgba } from './jpeg.ts';
import { WasmCodec } from './wasm.ts';

const codec = new WasmCodec('@jsquash/webp/codec/dec/webp_dec.wasm', () => import('@jsquash/webp/codec/dec/webp_dec.js'));

/** WebP, lossy and lossless, by libwebp as WebAssembly. Animations are refused. */
export const webp: PictureFormat = {
  name: 'WebP',
  extensions: ['.webp'],
  matches: (bytes) => text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 12) === 'WEBP',
  header: readHeader,
  async decode(bytes, header): Promise<Picture> {
    const { width, height, data } = await codec.decode(bytes);
    if (width !== header.width || height !== header.height) throw broken('the size in the WebP header is not the size of its picture');
    return { width, height, ...fromRgba(data, 3) };
  },
};

/** RFC 9649: VP8X has 24-bit sizes less one, VP8 a 14-bit pair behind its start code, VP8L a packed 14-bit pair less one. */
function readHeader(bytes: Uint8Array): PictureHeader {
  if (bytes.length < 30) throw broken('the WebP header is cut off');
  const view = viewOf(bytes);
  const kind = text(bytes, 12, 16);
  let size: [number, number];
  if (kind === 'VP8X') {
    if (bytes[20]! & 2) throw broken('animated WebP is not read');
    size = [(view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1];
  } else if (kind === 'VP8L') {
    const packed = view.getUint32(21, true);
    size = [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1];
  } else if (kind === 'VP8 ') {
    size = [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  } else throw broken(`a WebP cannot begin with the chunk ${JSON.stringify(kind)}`);
  checkSize(size[0], size[1], bytes.length);
  return { width: size[0], height: size[1], orientation: kind === 'VP8X' ? findOrientation(bytes, view) : 1 };
}

function findOrientation(bytes: Uint8Array, view: DataView): number {
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (text(bytes, at, at + 4) === 'EXIF') {
      const body = bytes.subarray(at + 8, at + 8 + length);
      return exifOrientation(text(body, 0, 6) === 'Exif\0\0' ? body.subarray(6) : body);
    }
    at += 8 + length + (length & 1);
  }
  return 1;
}

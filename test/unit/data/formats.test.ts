import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import * as fc from 'fast-check';
import jpegJs from 'jpeg-js';
import { expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';
import { orient, orientBox } from '../../../src/engine/data/formats/orient.ts';
import type { Picture } from '../../../src/engine/data/types.ts';

const ramp = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 37) & 255);

/** A PNG chunk; the reader leaves the checksum alone, zlib has its own. */
function chunk(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

function pngFile(header: { width: number; height: number; depth: number; color: number; interlace?: number }, rows: Uint8Array): Buffer {
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(header.width);
  ihdr.writeUInt32BE(header.height, 4);
  ihdr.set([header.depth, header.color, 0, 0, header.interlace ?? 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', ihdr), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

it.each([1, 3] as const)('reads what another PNG writer wrote, %i channels', async (channels) => {
  const data = ramp(13 * 9 * channels);
  const { picture } = await decodePicture(encode({ width: 13, height: 9, channels, depth: 8, data }));
  expect(picture).toEqual({ width: 13, height: 9, channels, data });
});

it('puts the seven passes of an interlaced PNG in their places', async () => {
  const [width, height] = [11, 10];
  const data = ramp(width * height);
  const rows: number[] = [];
  for (const [x0, y0, dx, dy] of [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const) {
    // prettier-ignore
    for (let y = y0; y < height; y += dy) {
      rows.push(0);
      for (let x = x0; x < width; x += dx) rows.push(data[y * width + x]!);
    }
  }
  const { picture } = await decodePicture(pngFile({ width, height, depth: 8, color: 0, interlace: 1 }, Uint8Array.from(rows)));
  expect(picture.data).toEqual(data);
});

const hugeBmp = Buffer.alloc(64);
hugeBmp.write('BM');
hugeBmp.writeUInt32LE(40, 14);
hugeBmp.writeInt32LE(30000, 18);
hugeBmp.writeInt32LE(3000, 22);
hugeBmp.writeUInt16LE(24, 28);

it.each([
  ['a PNG bomb', pngFile({ width: 9000, height: 9000, depth: 8, color: 2 }, new Uint8Array(1000)), /more than .* bytes can hold/],
  ['a PNG over the limit', pngFile({ width: 60000, height: 60000, depth: 8, color: 2 }, new Uint8Array(10)), /at most 100 million/],
  ['a PNG without size', pngFile({ width: 0, height: 5, depth: 8, color: 2 }, new Uint8Array(10)), /0 x 5/],
  ['a PNG with too few rows', pngFile({ width: 4, height: 4, depth: 8, color: 0 }, new Uint8Array(10)), /fewer pixels/],
  ['a PNG with too many', pngFile({ width: 4, height: 4, depth: 8, color: 0 }, new Uint8Array(100)), /broken or cut off/],
  ['a wrong filter', pngFile({ width: 1, height: 1, depth: 8, color: 0 }, Uint8Array.of(9, 0)), /no valid filter/],
  ['a BMP of sizes it cannot hold', hugeBmp, /more than 64 bytes can hold/],
  ['a PPM that is cut off', Buffer.from('P6 4 4 255\nabcdefghijklmnopqrstuvwxyz'), /more than|cut off/],
  ['text', Buffer.from('<html>'), /not a picture in a known format/],
  ['nothing', Buffer.alloc(0), /not a picture/],
])('refuses %s', async (_, bytes, message) => {
  await expect(decodePicture(bytes)).rejects.toMatchObject({ code: 'data.picture', message: expect.stringMatching(message) as string });
});

it('a JPEG that is cut off is broken, not half gray', async () => {
  const whole = jpegJs.encode({ width: 64, height: 64, data: ramp(64 * 64 * 4) }, 90).data;
  await expect(decodePicture(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ code: 'data.picture' });
  expect((await decodePicture(whole)).picture.width).toBe(64);
});

it('whatever happens to a file, it is read or refused with data.picture', async () => {
  const rgba = { width: 16, height: 16, data: ramp(16 * 16 * 4) };
  const seeds = [
    Buffer.from(encode({ width: 16, height: 16, channels: 3, depth: 8, data: ramp(16 * 16 * 3) })),
    Buffer.from(jpegJs.encode(rgba, 80).data),
    Buffer.concat([Buffer.from('P6 16 16 255\n'), ramp(16 * 16 * 3)]),
  ];
  const hostile = fc.record({
    seed: fc.constantFrom(...seeds),
    cut: fc.nat(1000),
    flips: fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(hostile, async ({ seed, cut, flips }) => {
      const bytes = Buffer.from(cut % 3 === 0 ? seed.subarray(0, cut) : seed);
      for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
      try {
        await decodePicture(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(LatheError);
        expect((error as LatheError).code).toBe('data.picture');
      }
    }),
    { numRuns: 400, seed: 1 },
  );
});

it('boxes turn with their picture', () => {
  // One white pixel at (1, 0) of a 3 x 2 picture, and the box around it.
  const data = new Uint8Array(6);
  data[1] = 255;
  const stored: Picture = { width: 3, height: 2, channels: 1, data };
  for (let orientation = 1; orientation <= 8; orientation++) {
    const upright = orient(stored, orientation);
    const box = orientBox({ x: 1, y: 0, width: 1, height: 1, label: 0 }, orientation, stored);
    expect(upright.data[box.y * upright.width + box.x], `orientation ${orientation}`).toBe(255);
  }
});

import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawScene, side } from '../../../samples/chain/draw.ts';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';
import { root } from '../../support/lathe.ts';

const folder = path.join(root, 'samples/chain');

describe('a drawn scene', () => {
  const scenes = Array.from({ length: 60 }, (_, seed) => drawScene(seed));

  it('is the same for the same seed', () => expect(drawScene(7)).toEqual(drawScene(7)));

  it('has one to three shapes, whose boxes are within the picture and as large as shapes are', () => {
    for (const { boxes } of scenes) {
      expect([1, 2, 3]).toContain(boxes.length);
      for (const [x, y, width, height] of boxes) {
        for (const value of [x, y, side - x - width, side - y - height]) expect(value).toBeGreaterThan(-0.1);
        // Radius 6 to 14; a shape reaches at most 1.2 radii, and a thin one is half as wide as high.
        for (const length of [width, height]) expect(length).toBeGreaterThan(5);
        for (const length of [width, height]) expect(length).toBeLessThan(2.4 * 14);
      }
    }
  });

  it('shows something else within a box than around it', () => {
    const at = (picture: Uint8Array, x: number, y: number): number[] => [...picture.subarray(3 * (y * side + x), 3 * (y * side + x) + 3)];
    for (const { picture, boxes } of scenes) {
      for (const [x, y, width, height] of boxes) {
        const [left, top] = [Math.max(0, Math.floor(x) - 2), Math.max(0, Math.floor(y) - 2)];
        const ground = at(picture, left, top);
        const differs = (column: number, row: number): boolean =>
          Math.max(...at(picture, column, row).map((value, c) => Math.abs(value - ground[c]!))) > 25;
        const inside = Array.from({ length: Math.floor(width) * Math.floor(height) }, (_, i) =>
          differs(Math.ceil(x) + (i % Math.floor(width)) - 1, Math.ceil(y) + Math.floor(i / Math.floor(width)) - 1),
        );
        expect(inside.filter(Boolean).length).toBeGreaterThan(0.15 * inside.length);
      }
    }
  });
});

describe.each([
  ['train', 0, 64],
  ['test', 1_000_000, 40],
])('the pictures in %s', (split, first, count) => {
  const place = path.join(folder, 'pictures', split);

  it('are those that are drawn', async () => {
    const { images } = JSON.parse(readFileSync(path.join(place, 'boxes.json'), 'utf8')) as {
      images: { file: string; boxes_xywh: unknown }[];
    };
    expect(images).toHaveLength(count);
    expect(readdirSync(place)).toHaveLength(count + 1);
    for (const [i, { file, boxes_xywh }] of images.entries()) {
      const { picture, boxes } = drawScene(first + i);
      expect(boxes_xywh).toEqual(boxes);
      expect(Buffer.from((await decodePicture(readFileSync(path.join(place, file)))).picture.data).equals(picture)).toBe(true);
    }
  });
});

it('all of the sample is small', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => !/^learn.drawn|lathe-runs/.test(file));
  const bytes = files.map((file) => statSync(path.join(folder, file))).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  expect(bytes).toBeLessThan(500_000);
});

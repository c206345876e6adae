import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { resize, type Interpolation } from '../../../src/engine/data/resize.ts';
import { toChannels } from '../../../src/engine/data/preprocess.ts';
import type { Picture } from '../../../src/engine/data/types.ts';
import { npzArray, worstDifference } from './npz.ts';

const file = path.join(import.meta.dirname, 'resized.npz');
const source = await npzArray(file, 'picture');
const picture: Picture = { width: 45, height: 37, channels: 3, data: Uint8Array.from(source.data) };
const sizes = [[37, 20], [16, 45], [11, 13], [5, 3], [64, 64], [40, 17], [74, 90], [1, 1]] as const; // prettier-ignore

/** Pillow's fixed point is followed exactly; OpenCV's is not, one grey level. */
const libraries = [
  { name: 'pillow', antialias: true, tolerance: 0 },
  { name: 'opencv', antialias: false, tolerance: 1 },
];

describe.each(libraries)('$name', ({ name, antialias, tolerance }) => {
  it.each(['nearest', 'bilinear', 'bicubic'] as Interpolation[])('%s', async (mode) => {
    for (const [height, width] of sizes) {
      const wanted = await npzArray(file, `${name}_${mode}_${height}x${width}`);
      const { data } = resize(picture, width, height, mode, antialias);
      expect.soft(worstDifference(data, wanted.data), `${height} x ${width}`).toBeLessThanOrEqual(mode === 'nearest' ? 0 : tolerance);
    }
  });
});

it('float pictures follow the 8-bit ones, unrounded', () => {
  const floats: Picture = { ...picture, data: Float32Array.from(picture.data) };
  for (const antialias of [true, false]) {
    const a = resize(picture, 20, 16, 'bilinear', antialias).data;
    expect(worstDifference(a, resize(floats, 20, 16, 'bilinear', antialias).data)).toBeLessThanOrEqual(1);
  }
});

it('gray is Pillow’s', async () => {
  expect(worstDifference(toChannels(picture, 1).data, (await npzArray(file, 'gray')).data)).toBe(0);
});

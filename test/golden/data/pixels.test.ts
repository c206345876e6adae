import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';
import { npzArray, worstDifference } from './npz.ts';

const folder = path.join(import.meta.dirname, 'files');
const expected = path.join(import.meta.dirname, 'pixels.npz');

/** CMYK has no one true conversion; everything else is equal to the last bit. */
const tolerance: Record<string, number> = { 'cmyk.jpg': 1 };

it.each(readdirSync(folder))('%s has the samples that Pillow reads', async (name) => {
  const { picture } = await decodePicture(readFileSync(path.join(folder, name)));
  const wanted = await npzArray(expected, name);
  const gray = picture.channels === 1;
  expect([picture.height, picture.width, ...(gray ? [] : [3])]).toEqual(wanted.dims);
  expect(worstDifference(picture.data, wanted.data)).toBeLessThanOrEqual(tolerance[name] ?? 0);
});

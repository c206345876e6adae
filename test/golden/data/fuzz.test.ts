import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';

/** Cut, flipped, spliced: whatever a picture file holds, it is read or refused with `data.picture`, soon and without much memory. */
const cases = 4000;
/** A guard against hanging, not a speed. */
const slowestMs = 30_000;

it(`${cases} broken pictures`, async () => {
  const folder = path.join(import.meta.dirname, 'files');
  const seeds = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
  const random = seededRandom(11);
  const pick = (): Buffer => seeds[random.integer(seeds.length)]!;
  let refused = 0;
  let slowest = 0;
  const before = process.memoryUsage().rss;
  for (let i = 0; i < cases; i++) {
    let bytes = Buffer.from(pick());
    const kind = random.integer(4);
    if (kind === 0) bytes = bytes.subarray(0, random.integer(bytes.length));
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, random.integer(bytes.length)), pick().subarray(random.integer(100))]);
    else
      for (let flips = 1 + random.integer(8); flips > 0; flips--)
        bytes[random.integer(kind === 2 ? Math.min(80, bytes.length) : bytes.length)] = random.integer(256);
    const start = performance.now();
    try {
      const { picture } = await decodePicture(bytes);
      expect(picture.data.length).toBe(picture.width * picture.height * picture.channels);
    } catch (thrown) {
      if (!(thrown instanceof LatheError) || thrown.code !== 'data.picture')
        throw new Error(`case ${i}: ${bytes.toString('base64')}`, { cause: thrown });
      refused++;
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  expect(refused).toBeGreaterThan(cases / 10);
  expect(slowest).toBeLessThan(slowestMs);
  expect(process.memoryUsage().rss - before).toBeLessThan(1500 << 20);
});

import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { degradationsOf } from '../../../src/engine/data/augment/index.ts';
import { degradations, degradationStep, degrade, drawDegradation, type Degradation } from '../../../src/engine/data/degradations/index.ts';
import { poissonVariate } from '../../../src/engine/data/degradations/poisson.ts';
import type { Picture } from '../../../src/engine/data/types.ts';

const flat = (level: number, side = 64, channels: 1 | 3 = 3): Picture => ({
  width: side,
  height: side,
  channels,
  data: new Uint8Array(side * side * channels).fill(level),
});

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: ArrayLike<number>): number => {
  const middle = mean(values);
  return Math.sqrt(mean(Float64Array.from(values, (value) => (value - middle) ** 2)));
};

it('every degradation is in the list', () => {
  const files = readdirSync(path.resolve(import.meta.dirname, '../../../src/engine/data/degradations'));
  const others = ['degradation.ts', 'index.ts'];
  expect(degradations.map(({ name }) => `${name}.ts`).sort()).toEqual(files.filter((file) => !others.includes(file)).sort());
});

it('a name that is none is refused, defaults are filled in, one setting may stand alone', () => {
  expect(() => degradationStep('blurr', 1)).toThrow(/no degradation "blurr"/);
  expect(degradationStep('darken', { scale: 0.1 })).toMatchObject({ settings: { scale: 0.1, gamma: 1 }, probability: 1 });
  expect(degradationStep('blur', 1.5).settings).toEqual({ sigma: 1.5 });
  expect(degradationStep('jpeg', [30, 60]).settings).toEqual({ quality: [30, 60] });
  expect(degradationStep('blur', { sigma: 2, probability: 0.3 })).toMatchObject({ settings: { sigma: 2 }, probability: 0.3 });
});

it('those of augment are as degrade has them', () => {
  expect(degradationsOf(['flip', { crop: { padding: 1 } }, { noise: { sigma: [1, 2] } }, { blur: 2 }, 'mixup'])).toEqual([
    { noise: { sigma: [1, 2] } },
    { blur: 2 },
  ]);
});

describe('darken', () => {
  it('is its formula, whatever the samples are', async () => {
    for (const [scale, gamma] of [
      [0.04, 1.2],
      [0.5, 1],
      [1, 3],
    ] as const) {
      const picture = { ...flat(0, 16, 1), data: Uint8Array.from({ length: 256 }, (_, i) => i) };
      const { data } = await degrade(picture, [{ darken: { scale, gamma } }], 0, 'a');
      expect([...data]).toEqual(Array.from({ length: 256 }, (_, x) => Math.round(255 * (x / 255) ** gamma * scale)));
    }
    const noisy = { ...flat(0, 1, 3), data: Float32Array.of(-20, 300, 127.5) };
    expect([...(await degrade(noisy, [{ darken: { scale: 0.5 } }], 0, 'a')).data]).toEqual([0, 128, 64]);
  });
});

describe('noise', () => {
  it('has the deviation that it says, and none of rounding', async () => {
    const { data } = await degrade(flat(250), [{ noise: { sigma: 12 } }], 3, 'a');
    expect(Math.abs(mean(data) - 250)).toBeLessThan(0.5);
    expect(deviation(data)).toBeCloseTo(12, 0);
    expect(Math.max(...data)).toBeGreaterThan(255);
    const bytes = (await degrade(flat(250), [{ noise: { sigma: 12, round: true } }], 3, 'a')).data;
    expect([...bytes]).toEqual([...data].map((value) => Math.min(255, Math.max(0, Math.round(value)))));
  });
});

describe('poisson', () => {
  it.each([0, 0.3, 4, 9.9, 10, 31, 500])('counts of mean %f have that mean and variance', (wanted) => {
    const random = seededRandom(4);
    const counts = Array.from({ length: 40_000 }, () => poissonVariate(wanted, random));
    // Five standard errors of the mean, and of the variance.
    expect(Math.abs(mean(counts) - wanted)).toBeLessThanOrEqual(5 * Math.sqrt(wanted / counts.length));
    const error = Math.sqrt((wanted + 2 * wanted ** 2) / counts.length);
    expect(Math.abs(deviation(counts) ** 2 - wanted)).toBeLessThanOrEqual(5 * error);
    expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
  });

  it.each([2, 14])('counts of mean %f come as often as the distribution says', (wanted) => {
    const random = seededRandom(8);
    const seen = new Map<number, number>();
    const draws = 50_000;
    for (let i = 0; i < draws; i++) {
      const count = poissonVariate(wanted, random);
      seen.set(count, (seen.get(count) ?? 0) + 1);
    }
    let chance = Math.exp(-wanted);
    for (let k = 0; k < 40; k++) {
      expect(Math.abs((seen.get(k) ?? 0) - draws * chance), String(k)).toBeLessThan(5 * Math.sqrt(draws * chance) + 3);
      chance *= wanted / (k + 1);
    }
  });

  it('of a picture keeps its brightness, bright parts having more of it', async () => {
    for (const level of [10, 200]) {
      const { data } = await degrade(flat(level), [{ poisson: { peak: 60 } }], 1, 'a');
      expect(mean(data) / level).toBeCloseTo(1, 1);
      expect(deviation(data) / Math.sqrt((level * 255) / 60)).toBeCloseTo(1, 1);
    }
  });
});

describe('ranges', () => {
  const levels = async (entry: Degradation, count: number): Promise<number[]> =>
    Promise.all(Array.from({ length: count }, async (_, i) => (await degrade(flat(255, 1), [entry], 5, `${i}.png`)).data[0]!));

  it('are drawn evenly for each picture, whichever way round they are written', async () => {
    for (const scale of [
      [0.2, 0.6],
      [0.6, 0.2],
    ]) {
      const found = await levels({ darken: { scale } }, 600);
      expect(Math.min(...found)).toBeLessThan(0.22 * 255);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(Math.round(0.2 * 255));
      expect(Math.max(...found)).toBeGreaterThan(0.58 * 255);
      expect(Math.max(...found)).toBeLessThanOrEqual(Math.round(0.6 * 255));
      expect(Math.abs(mean(found) / 255 - 0.4)).toBeLessThan(0.02);
    }
  });

  it('change a picture as often as they say', async () => {
    const found = await levels({ darken: { scale: 0.5, probability: 0.25 } }, 800);
    expect(Math.abs(found.filter((level) => level === 128).length / 800 - 0.25)).toBeLessThan(0.06);
    expect(found.every((level) => level === 128 || level === 255)).toBe(true);
  });

  it('are the same for the same seed and picture, and a change once drawn is the same each time', async () => {
    const anyEntry = fc.constantFrom<Degradation>(
      { darken: { scale: [0.1, 1], gamma: [1, 2] } },
      { noise: { sigma: [0, 9] } },
      { poisson: { peak: [5, 500], probability: 0.5 } },
      { blur: [0, 2] },
      { jpeg: [10, 90] },
    );
    await fc.assert(
      fc.asyncProperty(anyEntry, fc.nat(1000), async (entry, seed) => {
        const picture = { ...flat(0, 9), data: Uint8Array.from({ length: 243 }, (_, i) => (i * 53) & 255) };
        const before = [...picture.data];
        expect(await degrade(picture, [entry], seed, 'a')).toEqual(await degrade(picture, [entry], seed, 'a'));
        const [[name, settings]] = Object.entries(entry) as [[string, unknown]];
        const change = drawDegradation(degradationStep(name, settings), seededRandom(seed), () => seededRandom(seed, 'own'));
        expect(await change(picture)).toEqual(await change(picture));
        expect([...picture.data]).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});

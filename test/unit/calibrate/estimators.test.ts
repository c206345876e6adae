import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { divergence } from '../../../src/engine/calibrate/entropy.ts';
import { gridFor, type Grid } from '../../../src/engine/calibrate/grid.ts';
import { findRangeEstimator, rangeEstimators, type Levels, type Range } from '../../../src/engine/calibrate/index.ts';
import { errorInNorm } from '../../../src/engine/calibrate/lp.ts';
import { squaredError } from '../../../src/engine/calibrate/mse.ts';
import { createStatistic } from '../../../src/engine/statistics/restore.ts';

const signed: Levels = { levels: 255, symmetric: true };
const affine: Levels = { levels: 256, symmetric: false };

/** Runs an estimator on pictures of raw values, as calibration would. */
function estimate(name: string, pictures: readonly ArrayLike<number>[], levels: Levels, given: object = {}): Range {
  const estimator = findRangeEstimator(name)!;
  const statistic = createStatistic(estimator.needs);
  pictures.forEach((values, index) => {
    const data = Float32Array.from(values);
    if (statistic.kind === 'histogram') statistic.add(data);
    else {
      const finite = data.filter(Number.isFinite);
      statistic.add({ index, low: Math.min(...finite), high: Math.max(...finite) });
    }
  });
  return estimator.estimate(statistic, levels, Value.Default(estimator.declaration.parameters, { ...given }) as never);
}

/** Mean of a power of the errors of quantizing the values themselves. */
function errorOn(values: ArrayLike<number>, range: Range, levels: Levels, norm = 2): number {
  const grid = gridFor(range, levels);
  if (!grid) return Infinity;
  const quantized = (x: number): number => Math.max(grid.lowest, Math.min(grid.highest, Math.round(x / grid.step))) * grid.step;
  return Array.from(values).reduce((sum, x) => sum + Math.abs(x - quantized(x)) ** norm, 0) / values.length;
}

/** The least such error of all ranges with ends at sixtieths of the whole one. */
function leastError(values: readonly number[], levels: Levels, norm: number): number {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const together = levels.symmetric || least >= 0;
  let best = Infinity;
  for (let i = 1; i <= 60; i++) {
    for (let j = together ? i : 1; j <= (together ? i : 60); j++) {
      best = Math.min(best, errorOn(values, { low: (least * j) / 60, high: (greatest * i) / 60 }, levels, norm));
    }
  }
  return best;
}

/** Sum over bins of width 1 of |error|^norm at many places of each. */
function summed(counts: Float64Array, first: number, grid: Grid, norm: number): number {
  let sum = 0;
  const parts = 20_000;
  counts.forEach((count, i) => {
    for (let k = 0; k < parts; k++) {
      const x = first + i + (k + 0.5) / parts;
      const code = Math.max(grid.lowest, Math.min(grid.highest, Math.round(x / grid.step)));
      sum += (count / parts) * Math.abs(x - code * grid.step) ** norm;
    }
  });
  return sum;
}

const random = seededRandom(7);
const laplace = Array.from({ length: 20_000 }, () => (random.next() < 0.5 ? -1 : 1) * -Math.log(1 - random.next()));
const skewed = laplace.map((x, i) => (x < 0 ? x / 8 : i % 997 === 0 ? x * 9 : x));
const relu = laplace.map((x) => Math.max(0, x));
const uniform = Array.from({ length: 20_000 }, () => random.next() * 2 - 1);

describe('range estimators', () => {
  it('are all in the list', () => {
    const folder = path.resolve(import.meta.dirname, '../../../src/engine/calibrate');
    const helpers = ['bins.ts', 'estimator.ts', 'grid.ts', 'index.ts', 'statistic-of.ts'];
    const files = readdirSync(folder).filter((file) => !helpers.includes(file));
    expect(files.sort()).toEqual(rangeEstimators.map(({ declaration }) => `${declaration.name}.ts`).sort());
  });

  it('never answer nonsense', () => {
    const values = fc.array(
      fc.oneof(fc.float(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 2 ** -149, -(2 ** -149), 3.4e38), fc.float({ min: 0, max: 6 })),
      { maxLength: 12 },
    );
    const levels = fc.constantFrom<Levels>(signed, affine, { levels: 15, symmetric: true }, { levels: 4, symmetric: false });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), levels, (pictures, on) => {
        const finite = pictures.flat().map(Math.fround).filter(Number.isFinite);
        const least = Math.min(0, ...finite);
        const greatest = Math.max(0, ...finite);
        for (const { declaration } of rangeEstimators) {
          const { low, high } = estimate(declaration.name, pictures, on);
          expect(low, declaration.name).toBeLessThanOrEqual(high);
          expect(low, declaration.name).toBeGreaterThanOrEqual(least);
          expect(high, declaration.name).toBeLessThanOrEqual(greatest);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keep a constant whole', () => {
    for (const { declaration } of rangeEstimators) {
      for (const value of [3, -3, 2 ** -140, 1e30]) {
        const { low, high } = estimate(declaration.name, [[value, value], [value]], affine);
        const kept = value > 0 ? high : low;
        expect(Math.abs(kept / Math.fround(value) - 1), declaration.name).toBeLessThan(0.01);
      }
    }
  });

  it('minmax: the extremes; moving-average: the same for equal pictures, the mean for m near 0', () => {
    expect(estimate('minmax', [[1, -2], [5]], affine)).toEqual({ low: -2, high: 5 });
    expect(
      estimate(
        'moving-average',
        [
          [-1, 3],
          [-1, 3],
          [-1, 3],
        ],
        affine,
      ),
    ).toEqual({ low: -1, high: 3 });
    const { low, high } = estimate(
      'moving-average',
      [
        [-1, 3],
        [-2, 5],
        [-6, 13],
      ],
      affine,
      { momentum: 1e-6 },
    );
    expect(low).toBeCloseTo(-3, 4);
    expect(high).toBeCloseTo(7, 4);
    expect(
      estimate(
        'moving-average',
        [
          [-1, 3],
          [-2, 5],
        ],
        affine,
        { momentum: 1 },
      ),
    ).toEqual({ low: -2, high: 5 });
  });

  it('percentile: what sorting gives, to within a bin', () => {
    for (const kept of [90, 99, 99.9]) {
      const sorted = [...skewed].sort((a, b) => a - b);
      const magnitudes = skewed.map(Math.abs).sort((a, b) => a - b);
      const bin = (sorted.at(-1)! - sorted[0]!) / 1024;
      // Between the neighbours of the place in the sorted list, give or take a bin.
      const expectAt = (value: number, list: number[], share: number): void => {
        const place = Math.round(share * list.length);
        expect(value).toBeGreaterThan(list[Math.max(0, place - 1)]! - bin);
        expect(value).toBeLessThan(list[Math.min(list.length - 1, place)]! + bin);
      };
      const { low, high } = estimate('percentile', [skewed], affine, { percentile: kept });
      expectAt(low, sorted, (100 - kept) / 200);
      expectAt(high, sorted, 1 - (100 - kept) / 200);
      const both = estimate('percentile', [skewed], signed, { percentile: kept });
      expectAt(Math.max(-both.low, both.high), magnitudes, kept / 100);
    }
  });

  it('mse: as good as trying every range on the values themselves', () => {
    for (const [values, levels] of [
      [laplace, { levels: 15, symmetric: true }],
      [skewed, { levels: 16, symmetric: false }],
      [relu, { levels: 16, symmetric: false }],
      [uniform, { levels: 15, symmetric: true }],
      [laplace, { levels: 4, symmetric: false }],
      [relu, { levels: 4, symmetric: false }],
      [skewed, { levels: 8, symmetric: false }],
    ] as const) {
      const sample = values.slice(0, 500);
      expect(errorOn(sample, estimate('mse', [sample], levels), levels) / leastError(sample, levels, 2)).toBeLessThan(1.02);
      const norm = 3;
      const found = estimate('lp', [sample], levels, { norm });
      expect(errorOn(sample, found, levels, norm) / leastError(sample, levels, norm)).toBeLessThan(1.03);
    }
  });

  it('lp: its cost is the integral of the error to that power; with norm 2 it is mse', () => {
    const grid: Grid = { step: 0.37, lowest: -3, highest: 5 };
    const bins = { width: 1, first: -2, counts: Float64Array.of(2, 0, 5, 1) };
    expect(errorInNorm(bins, grid, 2)).toBeCloseTo(squaredError(bins, grid), 12);
    for (const norm of [1, 2.4, 5]) expect(errorInNorm(bins, grid, norm)).toBeCloseTo(summed(bins.counts, -2, grid, norm), 4);
    expect(estimate('lp', [skewed], affine, { norm: 2 })).toEqual(estimate('mse', [skewed], affine));
    // The higher the norm the less is clipped.
    const highs = [1, 2, 4].map((norm) => estimate('lp', [laplace], { levels: 16, symmetric: false }, { norm }).high);
    expect(highs).toEqual([...highs].sort((a, b) => a - b));
  });

  it('percentile-search: the listed percentile of least error, another one at fewer bits', () => {
    const percentiles = [95, 99, 99.9, 100];
    const chosen = [4, 16, 256].map((count) => {
      const levels = { levels: count, symmetric: false };
      const ranges = percentiles.map((percentile) => estimate('percentile', [laplace], levels, { percentile }));
      const errors = ranges.map((range) => errorOn(laplace, range, levels));
      const best = errors.indexOf(Math.min(...errors));
      expect(estimate('percentile-search', [laplace], levels, { percentiles })).toEqual(ranges[best]);
      return best;
    });
    expect(new Set(chosen).size).toBe(3);
  });

  it('keep nearly all at 16 bits, where steps are finer than bins', () => {
    const levels = { levels: 65536, symmetric: false };
    for (const name of ['mse', 'lp', 'entropy', 'percentile-search']) {
      const { low, high } = estimate(name, [laplace], levels);
      expect(errorOn(laplace, { low, high }, levels), name).toBeLessThan(1e-7);
    }
  });

  it('entropy: leaves more than half of the signal over noise that is possible at 4 bits', () => {
    const levels = { levels: 16, symmetric: false };
    const sample = laplace.slice(0, 5000);
    const best = errorOn(sample, estimate('mse', [sample], levels), levels);
    const found = errorOn(sample, estimate('entropy', [sample], levels), levels);
    expect(found / best).toBeLessThan(2);
  });

  it('mse: its cost is the integral of the squared error', () => {
    const grid: Grid = { step: 0.37, lowest: -3, highest: 5 };
    const counts = Float64Array.of(2, 0, 5, 1);
    expect(squaredError({ width: 1, first: -2, counts }, grid)).toBeCloseTo(summed(counts, -2, grid, 2), 6);
  });

  it('entropy: its cost is the divergence as defined', () => {
    const histogram = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 24 });
    fc.assert(
      fc.property(histogram, fc.integer({ min: -12, max: 2 }), fc.integer({ min: 1, max: 5 }), (counts, first, binsPerStep) => {
        const grid = { step: binsPerStep, lowest: -2, highest: 2 };
        const found = divergence({ width: 1, first, counts: Float64Array.from(counts) }, grid);
        expect(found).toBeCloseTo(slowDivergence(counts, first, grid), 9);
        if (Number.isFinite(found)) expect(found).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });

  it('entropy: clips a long tail, keeps a uniform range, and differs from minmax', () => {
    const tail = estimate('entropy', [laplace.map((x) => x * Math.abs(x))], signed);
    const whole = estimate('minmax', [laplace.map((x) => x * Math.abs(x))], signed);
    expect(tail.high / whole.high).toBeLessThan(0.9);
    expect(estimate('entropy', [uniform], signed).high).toBeGreaterThan(0.97);
  });
});

/** P and Q written out as arrays, term by term. */
function slowDivergence(counts: readonly number[], first: number, { step, lowest, highest }: Grid): number {
  const cells = counts.map((_, i) => Math.round((first + i + 0.5) / step));
  const reached = counts.map((count, i) => count > 0 && cells[i]! >= lowest && cells[i]! <= highest);
  const inside = counts.map((_, i) => i).filter((i) => reached[i]);
  if (inside.length === 0) return Infinity;
  const p = counts.map((count, i) => (reached[i] ? count : 0));
  counts.forEach((count, i) => {
    if (reached[i]) return;
    p[cells[i]! < lowest ? inside[0]! : inside.at(-1)!]! += count;
  });
  const q = counts.map((_, i) => {
    const cell = inside.filter((j) => cells[j] === cells[i]);
    return cell.reduce((sum, j) => sum + counts[j]!, 0) / cell.length;
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const kept = inside.reduce((sum, i) => sum + counts[i]!, 0);
  return inside.reduce((sum, i) => sum + (p[i]! / total) * Math.log(p[i]! / total / (q[i]! / kept)), 0);
}

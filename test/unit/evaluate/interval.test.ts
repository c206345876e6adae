import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { bootstrap, meanInterval, pairedShares, wilson } from '../../../src/engine/evaluate/interval.ts';
import { quantile } from '../../../src/engine/evaluate/latency.ts';

it('Wilson: the worked example of Newcombe (1998), and the edges', () => {
  const [low, high] = wilson(81, 263);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
  expect(wilson(0, 10)[0]).toBe(0);
  expect(wilson(0, 10)[1]).toBeCloseTo(0.2775, 4);
  expect(wilson(10, 10)[1]).toBeCloseTo(1, 12);
});

it('paired difference: its interval holds the difference, mirrors, and narrows', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.nat(400), (gained, lost, rest) => {
      const samples = gained + lost + rest;
      fc.pre(samples > 0);
      const { value, confidence } = pairedShares(gained, lost, samples);
      const mirrored = pairedShares(lost, gained, samples);
      expect(value).toBeCloseTo((gained - lost) / samples, 12);
      expect(confidence[0]).toBeCloseTo(-mirrored.confidence[1], 12);
      if (samples > 10) expect(confidence[0] <= value && value <= confidence[1]).toBe(true);
    }),
  );
  // 150 against 86 of 1,600: (64 +- 1.96 sqrt(237 - 64^2 / 1602)) / 1602.
  const { confidence } = pairedShares(150, 86, 1600);
  expect(confidence[0]).toBeCloseTo(0.0212, 3);
  expect(confidence[1]).toBeCloseTo(0.0587, 3);
});

it('mean: Student’s interval', () => {
  const { value, confidence } = meanInterval([1, 2, 3, 4, 5]);
  expect(value).toBe(3);
  expect(confidence[0]).toBeCloseTo(3 - 2.7764 * Math.sqrt(0.5), 2);
  expect(meanInterval([30, 40]).confidence[1]).toBeCloseTo(35 + 12.7062 * 5, 3);
  expect(meanInterval([7]).confidence).toEqual([-Infinity, Infinity]);
  expect(meanInterval([7, Infinity]).value).toBe(Infinity);
});

it('bootstrap: near Student’s interval of a mean, the same for the same seed', () => {
  const random = seededRandom(1);
  const values = Array.from({ length: 200 }, () => random.normal());
  const mean = (positions: readonly number[]): number => positions.reduce((sum, i) => sum + values[i]!, 0) / positions.length;
  const found = bootstrap(values.length, mean, seededRandom(0));
  const { confidence } = meanInterval(values);
  expect(found[0]).toBeCloseTo(confidence[0], 1);
  expect(found[1]).toBeCloseTo(confidence[1], 1);
  expect(bootstrap(values.length, mean, seededRandom(0))).toEqual(found);
});

it('quantiles between neighbours', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0.9)).toBe(10);
  expect(quantile([4], 0.9)).toBe(4);
});

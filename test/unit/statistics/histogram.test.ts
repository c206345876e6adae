import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binCapacity, Histogram, leastWidth } from '../../../src/engine/statistics/histogram.ts';
import type { SavedStatistic } from '../../../src/engine/statistics/statistic.ts';

/** The definition, in the slowest way: bins of the least width that fits all data. */
function bruteForce(values: readonly number[]): { width: number; counts: Map<number, number> } {
  const finite = values.filter(Number.isFinite);
  const counts = new Map<number, number>();
  if (finite.length === 0) return { width: 0, counts };
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  let width = 2 ** -149;
  while (Math.floor(high / width) - Math.floor(low / width) >= binCapacity || Math.max(-low, high) / width >= 2 ** 30) width *= 2;
  for (const value of finite) {
    const bin = Math.floor(value / width) + 0;
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return { width, counts };
}

const filled = (parts: readonly (readonly number[])[]): Histogram => {
  const histogram = new Histogram();
  for (const part of parts) histogram.add(Float32Array.from(part));
  return histogram;
};

function asMap(histogram: Histogram): Map<number, number> {
  const map = new Map<number, number>();
  histogram.counts.forEach((count, i) => {
    if (count) map.set(histogram.first + i, count);
  });
  return map;
}

const anyFloat = fc.oneof(
  fc.float({ noNaN: false }),
  fc.float({ min: -8, max: 8, noNaN: true }),
  fc.constantFrom(0, -0, 2 ** -149, -(2 ** -149)),
);
const parts = fc.array(fc.array(anyFloat, { maxLength: 40 }), { maxLength: 6 });

describe('Histogram', () => {
  it('counts as the definition says, whatever the data', () => {
    fc.assert(
      fc.property(parts, (data) => {
        const histogram = filled(data);
        const expected = bruteForce(data.flat());
        expect(histogram.width).toBe(expected.width);
        expect([...asMap(histogram)].sort()).toEqual([...expected.counts].sort());
        expect(histogram.notFinite).toBe(data.filter((part) => part.some((value) => !Number.isFinite(value))).length);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same in any order, and however it is split and merged', () => {
    fc.assert(
      fc.property(parts, fc.nat(6), (data, cut) => {
        const whole = filled(data).save();
        const backwards = filled([...data].reverse()).save();
        const merged = filled(data.slice(cut));
        merged.merge(filled(data.slice(0, cut)));
        expect(backwards).toEqual(whole);
        expect(merged.save()).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('continues after a checkpoint as if nothing had happened', () => {
    fc.assert(
      fc.property(parts, parts, (before, after) => {
        const saved = JSON.parse(JSON.stringify(filled(before).save())) as SavedStatistic & { kind: 'histogram' };
        const resumed = Histogram.restore(saved);
        for (const part of after) resumed.add(Float32Array.from(part));
        expect(resumed.save()).toEqual(filled([...before, ...after]).save());
      }),
      { numRuns: 200 },
    );
  });

  it('uses at least half of its bins once the data vary', () => {
    for (const [low, high] of [
      [0, 6],
      [-1, 1],
      [-0.001, 1000],
      [5, 5.5],
    ] as const) {
      const bins = Math.floor(high / leastWidth(low, high)) - Math.floor(low / leastWidth(low, high)) + 1;
      expect(bins).toBeGreaterThan(binCapacity / 2 - 2);
      expect(bins).toBeLessThanOrEqual(binCapacity);
    }
  });

  it('keeps exact counts beyond 32 bits', () => {
    const histogram = filled([[1, 2]]);
    for (let doubling = 0; doubling < 40; doubling++) histogram.merge(Histogram.restore(histogram.save() as never));
    expect([...histogram.counts].filter(Boolean)).toEqual([2 ** 40, 2 ** 40]);
    histogram.add(Float32Array.of(3, 1));
    expect(histogram.total).toBe(2 ** 41 + 2);
  });
});

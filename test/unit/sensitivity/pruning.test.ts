import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costsAt, wholeWidths } from '../../../src/engine/prune/costs-at.ts';
import { pruningOverlays } from '../../../src/engine/sensitivity/pruning/overlays.ts';
import { suggestWidths } from '../../../src/engine/sensitivity/pruning/suggest.ts';
import type { ScannedGroup } from '../../../src/engine/sensitivity/pruning/scan.ts';
import type { PruningProfile } from '../../../src/protocol/pruning.ts';

/** Layers that each belong to one group: costs are independent. */
const apart = (channels: readonly number[], macs: readonly number[]): PruningProfile => ({
  groups: channels.map((count, i) => ({ name: `g${i}`, channels: count, minimum: 1, makers: [`g${i}`], readers: [] })),
  kept: [],
  layers: macs.map((each, i) => ({ name: `g${i}`, op: 'Conv', macs: each, extents: [{ fixed: 0, groups: [[i, 1]] }] })),
  tensors: [],
});

const point = (channels: number, left: number, noise: number) => ({ asked: 1 - left / channels, part: 1 - left / channels, left, noise });

describe('suggested widths', () => {
  it('take from the group that can spare it', () => {
    const profile = apart([10, 10], [100, 100]);
    const scanned: ScannedGroup[] = [
      { group: 0, points: [point(10, 5, 0.5), point(10, 2, 0.9)] },
      { group: 1, points: [point(10, 5, 0.01), point(10, 2, 0.05)] },
    ];
    expect(suggestWidths(profile, scanned, 0.75)).toMatchObject({ widths: [10, 5], costs: { macs: 150 } });
    expect(suggestWidths(profile, scanned, 0.6)).toMatchObject({ widths: [10, 2], costs: { macs: 120 } });
    expect(suggestWidths(profile, scanned, 0.5).widths).toEqual([5, 2]);
  });

  it('are the least error for their cost where costs are apart and curves convex, as all mixes tell', () => {
    const group = fc.record({
      macs: fc.integer({ min: 1, max: 50 }),
      first: fc.integer({ min: 0, max: 20 }),
      more: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 4 }), fc.double({ min: 0.35, max: 1, noNaN: true }), (groups, macs) => {
        const profile = apart(
          groups.map(() => 3),
          groups.map((one) => one.macs * 3),
        );
        const scanned = groups.map(({ first, more }, i): ScannedGroup => ({
          group: i,
          points: [point(3, 2, first), point(3, 1, 2 * first + more)],
        }));
        const { widths, costs, predicted } = suggestWidths(profile, scanned, macs);
        expect(costs).toEqual(costsAt(profile, widths));
        expect(costs.macs).toBeLessThanOrEqual(macs * costsAt(profile, wholeWidths(profile)).macs + 1);
        for (let mix = 0; mix < 3 ** groups.length; mix++) {
          const left = groups.map((_, i) => 3 - (Math.floor(mix / 3 ** i) % 3));
          const noise = left.reduce((sum, width, i) => sum + (width === 3 ? 0 : scanned[i]!.points[2 - width]!.noise), 0);
          // No mix of the same cost or less has a smaller error.
          if (costsAt(profile, left).macs <= costs.macs) expect(noise).toBeGreaterThanOrEqual(predicted - 1e-9);
        }
      }),
    );
  });

  it('end where nothing more can go', () => {
    const profile = apart([10, 10], [100, 100]);
    expect(suggestWidths(profile, [{ group: 0, points: [point(10, 5, 1), point(10, 1, Infinity)] }], 0.1).widths).toEqual([5, 10]);
    expect(suggestWidths(profile, [], 0.1).widths).toEqual([10, 10]);
  });
});

describe('overlays of pruning', () => {
  it('colour every layer that makes a group, one overlay for each part', () => {
    const group = { name: 'a', op: 'Conv', channels: 8, makers: ['a', 'b'], macs: 1, suggested: 0.25 };
    const points = [
      { asked: 0.25, part: 0.25, left: 6, value: 31 },
      { asked: 0.5, part: 0.5, left: 4, value: null, equal: true as const },
    ];
    const places = new Map([['a', 0], ['b', 3]]); // prettier-ignore
    const overlays = pruningOverlays(
      {
        metric: 'sqnr',
        measure: 'sqnr',
        unit: 'dB',
        better: 'high',
        samples: 64,
        criterion: 'l2',
        groups: [{ ...group, points }],
        suggestion: { macs: 0.5, parameters: 0.6, costs: { parameters: 1, macs: 1, bytes: 4 } },
      },
      places,
    );
    expect(overlays.map(({ id, values }) => [id, values])).toEqual([
      ['pruning/sqnr/0.25', [[0, 31], [3, 31]]],
      ['pruning/sqnr/0.5', [[0, null], [3, null]]],
      ['pruning/suggested', [[0, 25], [3, 25]]],
    ]); // prettier-ignore
  });
});

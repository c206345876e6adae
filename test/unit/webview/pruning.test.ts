import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costsAt } from '../../../src/engine/prune/costs-at.ts';
import type { PruningProfile } from '../../../src/protocol/pruning.ts';
import type { PruningChoice } from '../../../src/protocol/pruning-messages.ts';
import { costsLeft, macsOfGroups } from '../../../webview/pruning/costs.ts';
import { importanceCorners, orderOf } from '../../../webview/pruning/group-order.ts';
import { leftOf, planOf } from '../../../webview/pruning/plan.ts';
import { companions, totalsOf, won } from '../../../webview/pruning/texts.ts';

const extent = (groups: number): fc.Arbitrary<PruningProfile['layers'][number]['extents'][number]> =>
  fc.record({
    fixed: fc.integer({ min: 1, max: 30 }),
    groups: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: groups - 1 }), fc.integer({ min: 1, max: 9 })), {
      maxLength: 3,
      selector: ([group]) => group,
    }),
  });

const profiles: fc.Arbitrary<PruningProfile> = fc
  .array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 6 })
  .chain((channels) => {
    const extents = fc.array(extent(channels.length), { maxLength: 2 });
    return fc.record({
      groups: fc.constant(
        channels.map((count, i) => ({ name: `g${i}`, channels: count, minimum: 1, makers: [`g${i}`], readers: [`r${i}`] })),
      ),
      kept: fc.constant([]),
      layers: fc.array(fc.record({ name: fc.constant('a'), op: fc.constant('Conv'), macs: fc.nat(1e9), extents }), { maxLength: 5 }),
      tensors: fc.array(fc.record({ layer: fc.constant('a'), elements: fc.nat(1e6), bytes: fc.constantFrom(1, 4), extents }), {
        maxLength: 5,
      }),
    });
  });

const choice = (change: Partial<PruningChoice> = {}): PruningChoice => ({
  goal: 'channels',
  amount: 0.5,
  roundTo: 1,
  groups: [],
  ...change,
});

describe('costs of a preview', () => {
  it('are those of the engine at any widths', () => {
    fc.assert(
      fc.property(profiles, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }), (profile, parts) => {
        const left = profile.groups.map(({ channels }, i) => Math.max(1, Math.round(channels * parts[i]!)));
        expect(costsLeft(profile, left)).toEqual(costsAt(profile, left));
      }),
    );
  });

  it('of a group are those of the layers whose size it changes, each once', () => {
    const extents = [
      { fixed: 0, groups: [[0, 1]] as const },
      { fixed: 0, groups: [[1, 1], [0, 9]] as const }, // prettier-ignore
    ];
    const group = { name: 'g', channels: 4, minimum: 1, makers: [], readers: [] };
    const layers = [
      { name: 'a', op: 'Conv', macs: 100, extents },
      { name: 'b', op: 'Conv', macs: 10, extents: [extents[0]!] },
    ];
    expect(macsOfGroups({ groups: [group, group, group], kept: [], layers, tensors: [] })).toEqual([110, 100, 0]);
  });
});

describe('what a choice leaves', () => {
  it('reaches a goal of multiply-adds or parameters with the smallest part, or says that nothing does', () => {
    fc.assert(
      fc.property(
        profiles,
        fc.constantFrom('macs' as const, 'parameters' as const),
        fc.integer({ min: 0, max: 100 }),
        (profile, goal, percent) => {
          const whole = costsLeft(profile, profile.groups.map(({ channels }) => channels))[goal]; // prettier-ignore
          const plan = planOf(profile, choice({ goal, amount: percent / 100 }));
          const limit = (whole * percent) / 100;
          if (plan.short) expect(plan.left).toEqual(profile.groups.map(() => 1));
          else expect(plan.costs[goal]).toBeLessThanOrEqual(limit);
          const less = planOf(profile, choice({ amount: Math.max(0, plan.part - 1e-6) }));
          if (!plan.short && plan.part > 0) expect(less.costs[goal] > limit || less.costs[goal] === plan.costs[goal]).toBe(true);
        },
      ),
    );
  });

  it('rounds up to the multiple, never above what there is nor below the minimum', () => {
    const group = (channels: number, minimum = 1) => ({ name: 'g', channels, minimum, makers: [], readers: [] });
    expect(leftOf(group(64), 0.4, 16)).toBe(48);
    expect(leftOf(group(20), 0.1, 16)).toBe(20);
    expect(leftOf(group(64), 1, 1)).toBe(1);
    expect(leftOf(group(64), 1, 8)).toBe(8);
    expect(leftOf({ ...group(32), places: [2, 4] }, 0.9, 8)).toBe(4);
    expect(leftOf(group(64, 10), 1, 1)).toBe(10);
    expect(leftOf(group(1), 0.5, 1)).toBe(1);
  });

  it('gives groups of their own what they were given', () => {
    const extents = [{ fixed: 0, groups: [[0, 1]] as const }];
    const group = (name: string) => ({ name, channels: 10, minimum: 1, makers: [name], readers: [] });
    const profile = { groups: [group('a'), group('b')], kept: [], layers: [{ name: 'a', op: 'Conv', macs: 10, extents }], tensors: [] };
    expect(planOf(profile, choice({ groups: [['b', 0]] })).left).toEqual([5, 10]);
    expect(planOf(profile, choice({ goal: 'macs', amount: 0.3, groups: [['b', 0.9]] })).left).toEqual([3, 1]);
  });
});

describe('words and order', () => {
  it('groups of selected layers come first, then those that win most', () => {
    const group = (name: string, readers: string[]) => ({ name, channels: 10, minimum: 1, makers: [name], readers });
    const profile = { groups: [group('a', ['b']), group('b', ['c']), group('c', [])], kept: [], layers: [], tensors: [] };
    const order = (layers: string[], sort: 'model' | 'macs' | 'removed') =>
      orderOf({ profile, left: [9, 2, 5], macs: [1, 2, 3], layers, sort });
    expect(order([], 'model')).toEqual([0, 1, 2]);
    expect(order([], 'macs')).toEqual([2, 1, 0]);
    expect(order([], 'removed')).toEqual([1, 2, 0]);
    expect(order(['c'], 'model')).toEqual([2, 1, 0]);
  });

  it('say what is won and who goes along', () => {
    expect(won(1000, 258)).toBe('−74 %');
    expect(won(1000, 1000)).toBe('unchanged');
    expect(won(0, 0)).toBe('unchanged');
    const costs = { parameters: 268_346, macs: 40_551_000, bytes: 1_073_384 };
    expect(totalsOf(costs, { parameters: 70_000, macs: 10_000_000, bytes: 280_000 }).map(({ change }) => change)).toEqual([
      '268 k → 70 k',
      '40.6 M → 10 M',
      '1.07 MB → 0.28 MB',
    ]);
    expect(companions({ name: 'a', channels: 1, minimum: 1, makers: ['a', 'b', 'c'], readers: [] })).toBe('with b and 1 more');
  });

  it('importances that are no numbers do not break the drawing', () => {
    expect(importanceCorners([1, NaN, Infinity, 0], 4, 10)).toBe('0,10 0,0 1,0 1,0 2,0 2,10 3,10 3,10 4,10 4,10');
  });
});

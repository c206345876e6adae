import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PruningProfile } from '../../../src/protocol/pruning.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { choose, chooseMeasured, chooseWhile, rank, type Goals } from '../../../src/engine/prune/choose/index.ts';
import { globalPath, isomorphicPath } from '../../../src/engine/prune/choose/global.ts';
import { kindsOf } from '../../../src/engine/prune/choose/kinds.ts';
import { localPath } from '../../../src/engine/prune/choose/local.ts';
import type { WidthPath } from '../../../src/engine/prune/choose/path.ts';
import { groupRules, type LayerRule } from '../../../src/engine/prune/choose/rules.ts';
import { searchPath } from '../../../src/engine/prune/choose/search.ts';
import { lossLevels, marginalLosses, scanSensitivity } from '../../../src/engine/prune/choose/sensitivity.ts';
import { removalTo, type GroupRules } from '../../../src/engine/prune/choose/widths.ts';
import { costsAt, wholeWidths } from '../../../src/engine/prune/costs-at.ts';
import { pruningProfile } from '../../../src/engine/prune/costs.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import type { Importance } from '../../../src/engine/prune/importance/index.ts';
import { pruneStep, type PruneSettings } from '../../../src/engine/prune/step.ts';
import { fillDefaults } from '../../../src/engine/recipe/defaults.ts';
import '../../support/property-seed.ts';
import { invertedNetwork, residualNetwork } from '../../support/trained-networks.ts';

const model = residualNetwork(1, [16, 24, 32]);
const coupling = couplingOf(model);
const profile = pruningProfile(model, coupling);
const whole = costsAt(profile, wholeWidths(profile));
const usual = { 'round-to': 1, 'min-channels': 1, 'max-ratio': 1 };
const settings = (changes: object): PruneSettings => fillDefaults(pruneStep.parameters, { ...changes }) as PruneSettings;
const rulesOf = (changes: object = {}, layer: (name: string) => LayerRule = () => ({})): GroupRules[] =>
  groupRules(coupling, { ...usual, ...changes }, layer);

/** Of a formula, all different. */
const importance: Importance = new Map(
  coupling.groups.map(({ name, channels }, g) => [
    name,
    Float64Array.from({ length: channels }, (_, c) => ((c * 37 + g * 11) % 101) + g / 10),
  ]),
);
const ascending = coupling.groups.map(({ name }) => Float64Array.from(importance.get(name)!).sort());
const request = (path: WidthPath) => ({ coupling, profile, importance, path });
const paths: readonly (readonly [string, WidthPath])[] = [
  ['local', localPath(profile, rulesOf())],
  ['global', globalPath({ profile, rules: rulesOf(), ascending })],
  ['global by cost', globalPath({ profile, rules: rulesOf(), ascending, per: 'macs' })],
  ['isomorphic', isomorphicPath({ profile, rules: rulesOf(), ascending }, kindsOf(model, coupling))],
];

describe.each(paths)('widths by the path %s', (_, path) => {
  it('only become narrower, from the whole to one channel a group', () => {
    expect(path.at(0)).toEqual(wholeWidths(profile));
    expect(Math.max(...path.at(path.steps))).toBe(1);
    for (let step = 1; step <= path.steps; step += 7) {
      const before = path.at(Math.max(0, step - 7));
      expect(path.at(step).every((width, i) => width <= before[i]!)).toBe(true);
    }
  });

  it('are the first that reach a cost, and the channels that are least important', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.constantFrom('macs' as const, 'parameters' as const), (part, key) => {
        const { widths, costs, removal } = choose(request(path), { [key]: part });
        expect(costs[key]).toBeLessThanOrEqual(whole[key] * part);
        const first = Array.from({ length: path.steps + 1 }, (_, step) => step).find(
          (step) => costsAt(profile, path.at(step))[key] <= whole[key] * part,
        )!;
        expect(widths).toEqual(path.at(first));
        for (const [name, removed] of removal) {
          const values = importance.get(name)!;
          const kept = [...values.keys()].filter((channel) => !removed.includes(channel));
          expect(Math.max(...removed.map((c) => values[c]!))).toBeLessThanOrEqual(Math.min(...kept.map((c) => values[c]!)));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('say what the nearest goal is where one cannot be reached', () => {
    expect(() => choose(request(path), { macs: 0.0001 })).toThrow(/cannot be reached: at its narrowest/);
  });

  it('lose no more than the part of channels that was asked for, and nearly that', () => {
    const total = wholeWidths(profile).reduce((a, b) => a + b);
    const left = choose(request(path), { channels: 0.4 }).widths.reduce((a, b) => a + b);
    expect(Math.abs(left / total - 0.6)).toBeLessThan(0.02);
  });
});

it('a global choice takes the least important channels of all', () => {
  const path = globalPath({ profile, rules: rulesOf(), ascending });
  const all = coupling.groups
    .flatMap(({ name }) => [...importance.get(name)!].map((value) => ({ name, value })))
    .sort((a, b) => a.value - b.value);
  for (const count of [1, 5, 20, 40]) {
    const widths = path.at(count);
    coupling.groups.forEach(({ name, channels }, i) => {
      expect(channels - widths[i]!).toBe(all.slice(0, count).filter((one) => one.name === name).length);
    });
  }
});

it('a choice by cost takes at each step the channel of the least importance for what it saves, as a search through all says', () => {
  const path = globalPath({ profile, rules: rulesOf(), ascending, per: 'macs' });
  let widths = wholeWidths(profile);
  for (let step = 1; step <= path.steps; step++) {
    const now = costsAt(profile, widths).macs;
    const prices = widths.map((width, i) => {
      if (width === 1) return Infinity;
      const saved = now - costsAt(profile, widths.with(i, width - 1)).macs;
      return ascending[i]![profile.groups[i]!.channels - width]! / saved;
    });
    const least = prices.indexOf(Math.min(...prices));
    widths = widths.with(least, widths[least]! - 1);
    expect(path.at(step), `step ${step}`).toEqual(widths);
  }
});

it('groups of one kind compete with each other, and each kind loses the same part', () => {
  const other = invertedNetwork(2, [8, 12, 16]);
  const groups = couplingOf(other);
  const kinds = kindsOf(other, groups);
  const costs = pruningProfile(other, groups);
  expect(new Set(kinds).size).toBeGreaterThan(1);
  expect(new Set(kinds).size).toBeLessThan(kinds.length);
  const rules = groupRules(groups, usual, () => ({}));
  const values = groups.groups.map(({ channels }, g) => Float64Array.from({ length: channels }, (_, c) => c + g));
  const widths = isomorphicPath({ profile: costs, rules, ascending: values }, kinds).at(500);
  for (const kind of new Set(kinds)) {
    const members = groups.groups.flatMap(({ channels }, i) => (kinds[i] === kind ? [{ channels, left: widths[i]! }] : []));
    const [all, left] = [members.reduce((sum, one) => sum + one.channels, 0), members.reduce((sum, one) => sum + one.left, 0)];
    expect(Math.abs(left - all / 2)).toBeLessThanOrEqual(1);
  }
});

describe('rules of groups', () => {
  const first = coupling.groups[0]!;
  const label = first.makers[0]!.label;

  it('keep what is left out, and the ratio of a layer', () => {
    const leftOut = rulesOf({}, (name) => ({ leftOut: name === label }));
    const own = rulesOf({}, (name) => (name === label ? { ratio: 0.25 } : {}));
    for (const scope of [localPath, (p: PruningProfile, r: GroupRules[]) => globalPath({ profile: p, rules: r, ascending })]) {
      expect(scope(profile, leftOut).at(scope(profile, leftOut).steps)[0]).toBe(first.channels);
      expect(scope(profile, own).at(scope(profile, own).steps)[0]).toBe(first.channels * 0.75);
    }
  });

  it('keep multiples, minimum and the greatest ratio', () => {
    for (const [, make] of [
      ['local', (r: GroupRules[]) => localPath(profile, r)],
      ['global', (r: GroupRules[]) => globalPath({ profile, rules: r, ascending })],
    ] as const) {
      const path = make(rulesOf({ 'round-to': 8, 'max-ratio': 0.7, 'min-channels': 5 }));
      for (let step = 0; step <= path.steps; step++) {
        path.at(step).forEach((width, i) => {
          const { channels } = profile.groups[i]!;
          expect(width === channels || width % 8 === 0).toBe(true);
          expect(width).toBeGreaterThanOrEqual(Math.min(channels, Math.max(5, 0.3 * channels)));
        });
      }
    }
  });

  it('take a ratio for each stage, and refuse more than there are groups', () => {
    const stages = rulesOf({ stages: [0.5, 0.25] });
    expect(stages[0]!.ratio).toBe(0.5);
    expect(stages.at(-1)!.ratio).toBe(0.25);
    expect(() => rulesOf({ stages: Array<number>(99).fill(0.5) })).toThrow(/99 ratios are given/);
  });
});

describe('a goal that is measured', () => {
  const path = localPath(profile, rulesOf());
  const time = (macs: number): number => 1 + macs / whole.macs;

  it('is reached with the least removal', async () => {
    const calls: number[] = [];
    const found = await chooseMeasured(request(path), async ({ costs }) => (calls.push(1), time(costs.macs) <= 1.5));
    expect(found!.costs.macs / whole.macs).toBeGreaterThan(0.45);
    expect(found!.costs.macs / whole.macs).toBeLessThanOrEqual(0.5);
    expect(calls.length).toBeLessThanOrEqual(9);
    expect(await chooseMeasured(request(path), async () => false)).toBeUndefined();
  });

  it('allows as much as keeps it', async () => {
    const found = await chooseWhile(request(path), async ({ costs }) => costs.macs >= 0.3 * whole.macs);
    expect(found!.costs.macs / whole.macs).toBeGreaterThanOrEqual(0.3);
    expect(found!.costs.macs / whole.macs).toBeLessThan(0.36);
    expect((await chooseWhile(request(path), async () => true))!.widths).toEqual(path.at(path.steps));
    expect(await chooseWhile(request(path), async () => false)).toBeUndefined();
  });
});

describe('ratios that are measured', () => {
  const context = plainContext();
  /** Additive: each group has a price of its own for a channel. */
  const prices = coupling.groups.map((_, i) => [1, 20, 3, 0.5, 9, 2, 30][i % 7]!);
  const trial = async (removal: ReadonlyMap<string, readonly number[]>): Promise<number> =>
    coupling.groups.reduce((sum, { name }, i) => sum + prices[i]! * (removal.get(name)?.length ?? 0), 0);
  const goals: Goals = { macs: 0.5 };
  const lossOf = (path: WidthPath): Promise<number> => trial(choose(request(path), goals).removal);

  it('by sensitivity lose less than equal ones', async () => {
    const curves = await scanSensitivity({ coupling, profile, importance, rules: rulesOf(), trial, context });
    const marginals = marginalLosses(profile, curves);
    curves.forEach(({ losses }, i) => expect(losses[1]).toBeCloseTo(prices[i]! * (curves[i]!.widths[0]! - curves[i]!.widths[1]!)));
    marginals.forEach((values, i) => expect(values[0]).toBeCloseTo(prices[i]!));
    const path = globalPath({ profile, rules: rulesOf(), ascending: marginals, per: 'macs' });
    expect(await lossOf(path)).toBeLessThan(await lossOf(localPath(profile, rulesOf())));
  });

  it('by equal losses narrow every group as far as it loses no more than the others', async () => {
    const curves = await scanSensitivity({ coupling, profile, importance, rules: rulesOf(), trial, context });
    const path = globalPath({ profile, rules: rulesOf(), ascending: lossLevels(profile, curves) });
    const widths = path.at(Math.floor(path.steps / 3));
    const lost = widths.map((width, i) => prices[i]! * (profile.groups[i]!.channels - width));
    widths.forEach((width, i) => {
      if (width > 0.2 * profile.groups[i]!.channels) expect(lost[i]! + prices[i]!).toBeGreaterThanOrEqual(Math.max(...lost) - 1e-6);
    });
  });

  it('never fall on the way to the end of a group, also where nothing more can be lost', () => {
    const curve = { group: profile.groups[0]!.name, widths: [16, 12, 8, 2], losses: [0, 40, 41, 41] };
    const [values] = marginalLosses(profile, [curve]);
    expect([...values!]).toEqual([...values!].sort((a, b) => a - b));
    expect(values![5]).toBe(10);
  });

  it('by search are never worse than those of the scope', async () => {
    const path = localPath(profile, rulesOf());
    const search = { ...request(path), rules: rulesOf(), goals, candidates: 30, seed: 3, trial, context };
    const found = await searchPath(search);
    expect(await lossOf(found)).toBeLessThan(await lossOf(path));
    expect(choose(request(await searchPath(search)), goals)).toEqual(choose(request(found), goals));
    expect(choose(request(await searchPath({ ...search, candidates: 1 })), goals)).toEqual(choose(request(path), goals));
  });

  it('by search are decided by the slower trial where there is one, among few', async () => {
    const path = localPath(profile, rulesOf());
    let asked = 0;
    const finalTrial: typeof trial = async (removal) => (++asked, -(await trial(removal)));
    const search = { ...request(path), rules: rulesOf(), goals, candidates: 30, seed: 3, trial, context };
    const found = await searchPath({ ...search, finalTrial });
    expect(asked).toBeLessThanOrEqual(5);
    expect(await lossOf(found)).toBeGreaterThanOrEqual(await lossOf(path));
  });

  it('need validation pictures', async () => {
    const asked = { model, coupling, profile, goals, seed: 0, layer: () => ({}) };
    await expect(rank({ ...asked, settings: settings({ criterion: 'l2', ratios: 'search' }) })).rejects.toThrow(/validation pictures/);
    const ranking = await rank({ ...asked, settings: settings({}) });
    expect(ranking.notes.join()).toContain('There are no pictures');
    expect(removalTo(choose({ coupling, profile, ...ranking }, goals).widths, coupling, ranking.importance).size).toBe(
      coupling.groups.length,
    );
  });
});

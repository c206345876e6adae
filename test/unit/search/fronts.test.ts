import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Choice } from '../../../src/engine/search/problem.ts';
import { frontOfAll, frontOfModel, someOf, withinBudget, type Option, type Share } from '../../../src/engine/search/share/fronts.ts';

const { signal } = new AbortController();

const choice = fc.record({ cost: fc.integer({ min: 0, max: 60 }), error: fc.integer({ min: 0, max: 60 }) });
const option: fc.Arbitrary<Option> = fc.record({
  cost: fc.integer({ min: 0, max: 20 }),
  error: fc.integer({ min: 0, max: 30 }),
  layers: fc.array(fc.array(choice, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
});
const models = fc.array(fc.array(option, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 });

/** Everything that can be done, one by one. */
function all(chain: readonly (readonly Option[])[]): Choice[] {
  const plus = (sums: Choice[], choices: readonly Choice[]): Choice[] =>
    sums.flatMap((a) => choices.map((b) => ({ cost: a.cost + b.cost, error: a.error + b.error })));
  const ofModel = (options: readonly Option[]): Choice[] =>
    options.flatMap(({ cost, error, layers }) => layers.reduce<Choice[]>(plus, [{ cost, error }]));
  return chain.map(ofModel).reduce(plus, [{ cost: 0, error: 0 }]);
}

const front = async (chain: readonly (readonly Option[])[]): Promise<Share[]> =>
  frontOfAll(await Promise.all(chain.map((options) => frontOfModel(options, signal))), signal);

/** What a share says that is done, added up again. */
function again(share: Share, chain: readonly (readonly Option[])[]): Choice {
  const parts = share.portions().flatMap((portion, model): Choice[] => {
    const { cost, error, layers } = chain[model]![portion.option]!;
    return [{ cost, error }, ...portion.choices().map((at, layer) => layers[layer]![at]!)];
  });
  return parts.reduce((a, b) => ({ cost: a.cost + b.cost, error: a.error + b.error }), { cost: 0, error: 0 });
}

it('what is found within any budget is what trying everything finds', async () => {
  await fc.assert(
    fc.asyncProperty(models, fc.integer({ min: 0, max: 300 }), async (chain, budget) => {
      const found = withinBudget(await front(chain), budget);
      const fitting = all(chain).filter(({ cost }) => cost <= budget);
      expect(found?.error).toBe(fitting.length ? Math.min(...fitting.map(({ error }) => error)) : undefined);
    }),
    { numRuns: 300 },
  );
});

it('a front rises in cost and falls in error, and each of its points costs what its parts do', async () => {
  await fc.assert(
    fc.asyncProperty(models, async (chain) => {
      const points = await front(chain);
      for (const [i, point] of points.entries()) {
        expect(again(point, chain)).toEqual({ cost: point.cost, error: point.error });
        if (i > 0) expect(point.cost > points[i - 1]!.cost && point.error < points[i - 1]!.error).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

it('of many points some are taken, the ends among them', () => {
  const many = Array.from({ length: 1000 }, (_, i) => ({ cost: 1 + i, error: 1000 - i }));
  const some = someOf(many, 10);
  expect(some).toHaveLength(10);
  expect([some[0], some.at(-1)]).toEqual([many[0], many.at(-1)]);
});

it('a network of a hundred layers takes no time to speak of', async () => {
  const layers = Array.from({ length: 100 }, (_, i): Choice[] =>
    [2, 3, 4, 6, 8, 32].map((bits) => ({ cost: (1 + ((i * 7919) % 997)) * bits, error: (1 + ((i * 31) % 17)) * 4 ** -bits })),
  );
  const points = await frontOfModel([{ cost: 0, error: 0, layers }], signal);
  expect(points.length).toBeLessThanOrEqual(2001);
  expect(points.at(-1)!.choices()).toEqual(layers.map(() => 5));
});

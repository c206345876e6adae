import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../../src/engine/base/random.ts';
import { paretoFront } from '../../../src/engine/search/front.ts';
import { greedy } from '../../../src/engine/search/methods/greedy.ts';
import { searchMethods } from '../../../src/engine/search/index.ts';
import { rungs } from '../../../src/engine/search/ladder/rungs/index.ts';
import { knapsack } from '../../../src/engine/search/methods/knapsack.ts';
import { costOf, errorOf, type Assignment, type Choice, type Problem } from '../../../src/engine/search/problem.ts';

const { signal } = new AbortController();

/** Widths of layers of random sizes; now and then an error that rises with the width, or one of zero. */
function randomProblem(random: Random, layers: number): Problem {
  const items = Array.from({ length: layers }, (): Choice[] => {
    const size = 1 + random.integer(1000);
    const weight = Math.exp(2 * random.normal());
    return [2, 3, 4, 6, 8].slice(random.integer(3)).map((bits) => ({
      cost: size * bits,
      error: random.next() < 0.1 ? 0 : weight * 4 ** -bits * Math.exp(random.normal()),
    }));
  });
  const [low, high] = [0, -1].map((end) => items.reduce((sum, item) => sum + item.at(end)!.cost, 0)) as [number, number];
  return { items, budget: Math.floor(low + (high - low) * random.next()) };
}

function bruteForce({ items, budget }: Problem): number {
  let best = Infinity;
  const visit = (item: number, cost: number, error: number): void => {
    if (cost > budget) return;
    if (item === items.length) best = Math.min(best, error);
    else for (const choice of items[item]!) visit(item + 1, cost + choice.cost, error + choice.error);
  };
  visit(0, 0, 0);
  return best;
}

describe('lists', () => {
  const filesOf = (folder: string, others: readonly string[]): string[] =>
    readdirSync(path.resolve(import.meta.dirname, '../../../src/engine/search', folder)).filter(
      (file) => !['index.ts', ...others].includes(file),
    );

  it('have every method and every rung that there is', () => {
    expect(searchMethods.map(({ name }) => `${name}.ts`).sort()).toEqual(filesOf('methods', []).sort());
    expect(new Set(searchMethods.map(({ name }) => name)).size).toBe(searchMethods.length);
    // growing.ts is what the last two share.
    expect(rungs).toHaveLength(filesOf('ladder/rungs', ['growing.ts']).length);
  });
});

describe('search methods', () => {
  it('knapsack finds the optimum that trying everything finds', async () => {
    const random = seededRandom(3, 'knapsack');
    for (let round = 0; round < 150; round++) {
      const problem = randomProblem(random, 1 + random.integer(7));
      const taken = await knapsack.solve(problem, { signal });
      expect(costOf(problem.items, taken!)).toBeLessThanOrEqual(problem.budget);
      expect(errorOf(problem.items, taken!)).toBeCloseTo(bruteForce(problem), 12);
    }
  });

  it('knapsack is never worse than greedy, and both keep the budget', async () => {
    const random = seededRandom(4, 'never worse');
    let better = 0;
    for (let round = 0; round < 40; round++) {
      const problem = randomProblem(random, 5 + random.integer(60));
      const [exact, quick] = (await Promise.all([knapsack, greedy].map((method) => method.solve(problem, { signal })))) as [
        Assignment,
        Assignment,
      ];
      for (const taken of [exact, quick]) expect(costOf(problem.items, taken)).toBeLessThanOrEqual(problem.budget);
      expect(errorOf(problem.items, exact)).toBeLessThanOrEqual(errorOf(problem.items, quick));
      if (errorOf(problem.items, exact) < errorOf(problem.items, quick)) better++;
    }
    expect(better).toBeGreaterThan(10);
  });

  it('nothing fits a budget below the cheapest choices', async () => {
    const problem = { items: [[{ cost: 3, error: 1 }], [{ cost: 2, error: 0 }]], budget: 4 };
    for (const method of searchMethods) expect(await method.solve(problem, { signal })).toBeUndefined();
  });

  it('greedy goes by the measured error where that differs from the sum', async () => {
    // By the sum the first item is the one to cut; measured, it ruins everything.
    const choices = (error: number): Choice[] => [
      { cost: 4, error },
      { cost: 8, error: 0 },
    ];
    const problem = { items: [choices(1), choices(2)], budget: 12 };
    expect(await greedy.solve(problem, { signal })).toEqual([0, 1]);
    const measure = ([first, second]: Assignment) => Promise.resolve((first === 0 ? 100 : 0) + (second === 0 ? 2 : 0));
    expect(await greedy.solve(problem, { signal, measure })).toEqual([1, 0]);
  });

  it('the front falls from the cheapest to the best point', async () => {
    const problem = randomProblem(seededRandom(5, 'front'), 20);
    const front = await paretoFront(problem.items, signal);
    expect(front.length).toBeGreaterThan(10);
    for (let i = 1; i < front.length; i++) {
      expect(front[i]!.cost).toBeGreaterThan(front[i - 1]!.cost);
      expect(front[i]!.error).toBeLessThan(front[i - 1]!.error);
    }
    const best = problem.items.reduce((sum, item) => sum + Math.min(...item.map(({ error }) => error)), 0);
    expect(front.at(-1)!.error).toBeCloseTo(best, 12);
  });

  it('a large network with continuous costs takes a moment, not minutes', async () => {
    const random = seededRandom(6, 'large');
    const items = randomProblem(random, 400).items.map((item) => item.map(({ cost, error }) => ({ cost: cost * random.next(), error })));
    const all = items.reduce((sum, item) => sum + Math.max(...item.map(({ cost }) => cost)), 0);
    const began = performance.now();
    expect(await knapsack.solve({ items, budget: all / 2 }, { signal })).toBeDefined();
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});

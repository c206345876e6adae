import { setImmediate as pause } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/errors.ts';
import { errorOf, worthTaking, type Choice, type SearchMethod } from '../problem.ts';
import { extended, noState, unfolded, type State } from '../states.ts';
import { greedy } from './greedy.ts';

/**
 * States kept after each item. Bounds leave a few hundred of them on real networks; beyond this many, states of nearly the same cost are
 * joined, and the result is the best found instead of the proven optimum.
 */
const mostStates = 50_000;

/**
 * The least sum of errors within the budget, exactly: dynamic programming over lists of states none of which is both cheaper and better
 * than another (Nemhauser and Ullmann), cut by the bound that the linear relaxation gives for the items to come (Sinha and Zoltners).
 * Costs may be any numbers. Starts from the greedy solution, so it is never worse.
 */
export const knapsack: SearchMethod = {
  name: 'knapsack',
  summary: 'The least sum of the errors that single layers bring, exactly, as a multiple-choice knapsack.',
  source: 'Nemhauser and Ullmann 1969; Sinha and Zoltners, The multiple-choice knapsack problem, Operations Research 27 (1979)',
  async solve(problem, { signal }) {
    const start = await greedy.solve(problem, { signal });
    if (!start) return undefined;
    const { items, budget } = problem;
    const ladders = items.map(worthTaking);
    // Items with the widest spread of costs first: bounds bite early.
    const order = items.map((_, item) => item).sort((a, b) => spread(items[b]!, ladders[b]!) - spread(items[a]!, ladders[a]!) || a - b);
    const bounds = suffixBounds(order.map((item) => ladders[item]!.map((choice) => items[item]![choice]!)));
    const limit = errorOf(items, start);
    let states: State[] = [noState];
    for (const [depth, item] of order.entries()) {
      await pause();
      throwIfCancelled(signal);
      const choices = ladders[item]!.map((choice) => items[item]![choice]!);
      states = extended(states, choices, mostStates, (cost, error) => error + bounds[depth + 1]!(budget - cost) < limit);
    }
    const best = states.reduce<State | undefined>((a, b) => (a === undefined || b.error < a.error ? b : a), undefined);
    return best ? unfolded(best, order, ladders) : start;
  },
};

const spread = (choices: readonly Choice[], ladder: readonly number[]): number => choices[ladder.at(-1)!]!.cost - choices[ladder[0]!]!.cost;

/** Least error of the items from `depth` on when fractions of steps may be taken, by what they may cost; Infinity when nothing fits. */
type Bound = (budget: number) => number;

function suffixBounds(items: readonly (readonly Choice[])[]): Bound[] {
  const bounds: Bound[] = [(budget) => (budget < 0 ? Infinity : 0)];
  let base = { cost: 0, error: 0 };
  let steps: Choice[] = [];
  for (const choices of [...items].reverse()) {
    base = { cost: base.cost + choices[0]!.cost, error: base.error + choices[0]!.error };
    steps = [...steps, ...hullSteps(choices)].sort((a, b) => b.error / b.cost - a.error / a.cost);
    bounds.unshift(relaxed(base, steps));
  }
  return bounds;
}

/** Steps along the lower convex hull of a ladder: cost added, error taken away. */
function hullSteps(choices: readonly Choice[]): Choice[] {
  const hull: Choice[] = [];
  for (const point of choices) {
    while (hull.length >= 2 && isAbove(hull.at(-2)!, hull.at(-1)!, point)) hull.pop();
    hull.push(point);
  }
  return hull.slice(1).map((point, i) => ({ cost: point.cost - hull[i]!.cost, error: hull[i]!.error - point.error }));
}

/** Whether `middle` lies on or above the line from `left` to `right`. */
const isAbove = (left: Choice, middle: Choice, right: Choice): boolean =>
  (left.error - middle.error) * (right.cost - left.cost) <= (left.error - right.error) * (middle.cost - left.cost);

function relaxed(base: Choice, steps: readonly Choice[]): Bound {
  const costs = new Float64Array(steps.length + 1);
  const gains = new Float64Array(steps.length + 1);
  steps.forEach(({ cost, error }, i) => {
    costs[i + 1] = costs[i]! + cost;
    gains[i + 1] = gains[i]! + error;
  });
  return (budget) => {
    const left = budget - base.cost;
    if (left < 0) return Infinity;
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (costs[middle]! <= left) low = middle;
      else high = middle - 1;
    }
    const next = steps[low];
    return base.error - gains[low]! - (next ? (next.error * (left - costs[low]!)) / next.cost : 0);
  };
}

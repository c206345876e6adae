import { throwIfCancelled } from '../../base/errors.ts';
import { costOf, worthTaking, type Assignment, type Problem, type SearchMethod, type SolveOptions } from '../problem.ts';

/** With `measure`, so many steps at most are chosen by it … */
const mostMeasuredSteps = 16;
/** … each from so many that the additive model finds best. */
const measuredMoves = 3;

interface Move {
  readonly item: number;
  readonly choice: number;
  /** Added error by saved cost. */
  readonly price: number;
}

/**
 * From the best choice of every item, takes the step down that adds least error by saved cost, until the budget is kept; then gives
 * what is left of it to the items that gain most. With `measure` some of the steps, evenly spaced, are chosen by the real error of the
 * best three.
 */
export const greedy: SearchMethod = {
  name: 'greedy',
  summary: 'Step by step down from the greatest widths, by the least error for the bytes saved; steps are checked by measuring.',
  source: 'Wang et al., HAQ, arXiv:1811.08886, section 3.2 (budget by sequential decrease); marginal analysis, Fox 1966',
  async solve(problem, options) {
    const { items, budget } = problem;
    const ladders = items.map(worthTaking);
    const taken = ladders.map((ladder) => ladder.at(-1)!);
    const cheapest = ladders.map((ladder) => ladder[0]!);
    if (costOf(items, cheapest) > budget) return undefined;
    const steps = ladders.reduce((sum, ladder) => sum + ladder.length - 1, 0);
    const every = Math.max(1, Math.ceil(steps / mostMeasuredSteps));
    for (let step = 1; costOf(items, taken) > budget; step++) {
      throwIfCancelled(options.signal);
      const moves = movesDown(problem, ladders, taken);
      const measured = options.measure && step % every === 0;
      const move = measured ? await leastMeasured(problem, taken, moves.slice(0, measuredMoves), options) : moves[0]!;
      taken[move.item] = move.choice;
    }
    spendTheRest(problem, ladders, taken);
    return taken;
  },
};

/** Every cheaper choice of every item, best first; equal prices in the items' order. */
function movesDown({ items }: Problem, ladders: readonly (readonly number[])[], taken: readonly number[]): Move[] {
  const moves: Move[] = [];
  ladders.forEach((ladder, item) => {
    const now = items[item]![taken[item]!]!;
    for (const choice of ladder) {
      const then = items[item]![choice]!;
      if (then.cost < now.cost) moves.push({ item, choice, price: (then.error - now.error) / (now.cost - then.cost) });
    }
  });
  return moves.sort((a, b) => a.price - b.price || a.item - b.item || b.choice - a.choice);
}

async function leastMeasured({ items }: Problem, taken: Assignment, moves: readonly Move[], { measure }: SolveOptions): Promise<Move> {
  let best: { move: Move; price: number } | undefined;
  const before = await measure!(taken);
  for (const move of moves) {
    const after = await measure!(taken.map((choice, item) => (item === move.item ? move.choice : choice)));
    const saved = items[move.item]![taken[move.item]!]!.cost - items[move.item]![move.choice]!.cost;
    const price = (after - before) / saved;
    if (!best || price < best.price) best = { move, price };
  }
  return best!.move;
}

/** Steps up that still fit, greatest gain by cost first. */
function spendTheRest({ items, budget }: Problem, ladders: readonly (readonly number[])[], taken: number[]): void {
  for (;;) {
    const left = budget - costOf(items, taken);
    let best: Move | undefined;
    ladders.forEach((ladder, item) => {
      const now = items[item]![taken[item]!]!;
      for (const choice of ladder) {
        const then = items[item]![choice]!;
        if (then.cost <= now.cost || then.cost - now.cost > left) continue;
        const price = (now.error - then.error) / (then.cost - now.cost);
        if (price > 0 && (!best || price > best.price)) best = { item, choice, price };
      }
    });
    if (!best) return;
    taken[best.item] = best.choice;
  }
}

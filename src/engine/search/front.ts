import { knapsack } from './methods/knapsack.ts';
import { costOf, errorOf, worthTaking, type Assignment, type Problem } from './problem.ts';

export interface FrontPoint {
  readonly assignment: Assignment;
  readonly cost: number;
  readonly error: number;
}

/** Points of the front that are looked for. */
const budgets = 32;

/**
 * Pareto front of cost against summed error, cheapest first: the exact optimum at budgets in equal ratios, each point with less error than
 * the one before.
 */
export async function paretoFront(items: Problem['items'], signal: AbortSignal): Promise<FrontPoint[]> {
  const ladders = items.map(worthTaking);
  const [low, high] = [0, -1].map((end) =>
    costOf(
      items,
      ladders.map((ladder) => ladder.at(end)!),
    ),
  ) as [number, number];
  const points: FrontPoint[] = [];
  for (let i = 0; i <= budgets; i++) {
    // In equal ratios: float layers cost four times and more what the widths of interest do.
    const budget = i === budgets ? high : low * (high / low) ** (i / budgets);
    const assignment = await knapsack.solve({ items, budget }, { signal });
    if (!assignment) continue;
    const error = errorOf(items, assignment);
    const last = points.at(-1);
    if (!last || error < last.error) points.push({ assignment, cost: costOf(items, assignment), error });
  }
  return points;
}

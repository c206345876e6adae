/** One width of a layer: what it costs of the budget and what error it brings. */
export interface Choice {
  readonly cost: number;
  /** Not below zero; adds up over layers. */
  readonly error: number;
}

/** A multiple-choice knapsack: one choice of each item, costs together within the budget, errors together least. */
export interface Problem {
  /** At least one choice each. */
  readonly items: readonly (readonly Choice[])[];
  readonly budget: number;
}

/** Position of the choice taken of each item. */
export type Assignment = readonly number[];

export interface SolveOptions {
  readonly signal: AbortSignal;
  /** The error of all choices together as it really is; methods that trust the sum of errors do without. */
  readonly measure?: (assignment: Assignment) => Promise<number>;
}

/** One way to choose. A new one is one file and a line in `index.ts`. */
export interface SearchMethod {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly source: string;
  /** undefined when even the cheapest choices are beyond the budget. Throws Cancelled. */
  solve(problem: Problem, options: SolveOptions): Promise<Assignment | undefined>;
}

const total = (items: Problem['items'], taken: Assignment, figure: (choice: Choice) => number): number =>
  taken.reduce((sum, choice, item) => sum + figure(items[item]![choice]!), 0);

export const costOf = (items: Problem['items'], taken: Assignment): number => total(items, taken, ({ cost }) => cost);
export const errorOf = (items: Problem['items'], taken: Assignment): number => total(items, taken, ({ error }) => error);

/**
 * Positions of the choices worth taking, by rising cost and falling error: no other costs as little or less and has less error. Of equal
 * choices the first.
 */
export function worthTaking(choices: readonly Choice[]): number[] {
  const order = choices
    .map((_, i) => i)
    .sort((a, b) => choices[a]!.cost - choices[b]!.cost || choices[a]!.error - choices[b]!.error || a - b);
  const kept: number[] = [];
  for (const i of order) {
    const last = kept.at(-1);
    if (last === undefined || choices[i]!.error < choices[last]!.error) kept.push(i);
  }
  return kept;
}

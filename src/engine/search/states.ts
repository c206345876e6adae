import type { Choice } from './problem.ts';

/** A choice for each of the first items. */
export interface State {
  readonly cost: number;
  readonly error: number;
  /** Position in the item's ladder. */
  readonly step: number;
  readonly before: State | undefined;
}

/** Before the first item. */
export const noState: State = { cost: 0, error: 0, step: 0, before: undefined };

/**
 * Every state with every choice, but for those that cannot lead to anything better or that another one beats, by rising cost (Nemhauser and Ullmann 1969). Beyond `most` states
 * those of nearly the same cost are joined.
 */
export function extended(
  states: readonly State[],
  choices: readonly Choice[],
  most: number,
  isHopeful: (cost: number, error: number) => boolean = () => true,
): State[] {
  const all: State[] = [];
  choices.forEach((choice, step) => {
    for (const before of states) {
      const [cost, error] = [before.cost + choice.cost, before.error + choice.error];
      if (isHopeful(cost, error)) all.push({ cost, error, step, before });
    }
  });
  const kept = unbeaten(all);
  return kept.length <= most ? kept : thinned(kept, most);
}

/** Those that no other beats in cost and error, by rising cost and falling error. Of equal ones the first. */
export function unbeaten<T extends Choice>(all: readonly T[]): T[] {
  const kept: T[] = [];
  for (const one of [...all].sort((a, b) => a.cost - b.cost || a.error - b.error))
    if (kept.length === 0 || one.error < kept.at(-1)!.error) kept.push(one);
  return kept;
}

/** The best state of each of `most` equal parts of the cost: the last one, since errors fall. */
function thinned(states: readonly State[], most: number): State[] {
  const [low, high] = [states[0]!.cost, states.at(-1)!.cost];
  const byPart = new Map<number, State>();
  for (const state of states) byPart.set(Math.floor(((state.cost - low) / (high - low)) * most), state);
  return [...byPart.values()];
}

/** The choice of each item; `order`: items as they were added, `ladders`: by item, the positions that steps stand for. */
export function unfolded(state: State, order: readonly number[], ladders: readonly (readonly number[])[]): number[] {
  const taken = new Array<number>(order.length);
  let at: State | undefined = state;
  for (const item of [...order].reverse()) {
    taken[item] = ladders[item]![at!.step]!;
    at = at!.before;
  }
  return taken;
}

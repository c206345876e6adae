import { setImmediate as pause } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/errors.ts';
import { worthTaking, type Choice } from '../problem.ts';
import { extended, noState, unbeaten, unfolded, type State } from '../states.ts';

/** One thing that can be done to a model of the chain: channels that go, and then widths of what is left. */
export interface Option {
  /** What no width changes: weights that stay float, say. */
  readonly cost: number;
  /** What the channels that go cost the answer. */
  readonly error: number;
  /** By layer: its widths. */
  readonly layers: readonly (readonly Choice[])[];
}

/** What one model gets. */
export interface Portion extends Choice {
  /** Place among the model's options. */
  readonly option: number;
  /** By layer of that option: place among its widths. */
  choices(): readonly number[];
}

/** What all get, by place of the model. */
export interface Share extends Choice {
  portions(): readonly Portion[];
}

/** States kept after each layer: with this many, those that are joined differ by less than a thousandth of the cost. */
const mostStates = 2000;

/** Every way with one option of a model that no other beats in cost and error, by rising cost: sums over its layers. Throws Cancelled. */
export async function frontOfOption(options: readonly Option[], option: number, signal: AbortSignal): Promise<Portion[]> {
  const { cost, error, layers } = options[option]!;
  const { states, taken } = await sums(layers, signal);
  return states.map((state) => ({ cost: cost + state.cost, error: error + state.error, option, choices: () => taken(state) }));
}

/** The same of all options of a model together. Throws Cancelled. */
export async function frontOfModel(options: readonly Option[], signal: AbortSignal): Promise<Portion[]> {
  const fronts: Portion[][] = [];
  for (const option of options.keys()) fronts.push(await frontOfOption(options, option, signal));
  return unbeaten(fronts.flat());
}

/** Every way with all models that no other beats, from the fronts of the single ones. Throws Cancelled. */
export async function frontOfAll(fronts: readonly (readonly Portion[])[], signal: AbortSignal): Promise<Share[]> {
  const { states, taken } = await sums(fronts, signal);
  return states.map((state) => ({
    cost: state.cost,
    error: state.error,
    portions: () => taken(state).map((at, model) => fronts[model]![at]!),
  }));
}

/** The best of a front within a budget; undefined: it begins above it. */
export const withinBudget = <T extends Choice>(front: readonly T[], budget: number): T | undefined =>
  front.findLast(({ cost }) => cost <= budget);

/** Some of a front, evenly in ratios of the cost, both ends among them. */
export function someOf<T extends Choice>(front: readonly T[], count: number): T[] {
  const [low, high] = [front[0]?.cost ?? 0, front.at(-1)?.cost ?? 0];
  if (front.length <= count || low <= 0)
    return front.filter((_, at) => at % Math.ceil(front.length / count) === 0 || at === front.length - 1);
  const places = Array.from({ length: count }, (_, i) =>
    withinBudget(front, i === count - 1 ? high : low * (high / low) ** (i / (count - 1)))!,
  );
  return [...new Set(places)];
}

async function sums(
  items: readonly (readonly Choice[])[],
  signal: AbortSignal,
): Promise<{ states: readonly State[]; taken: (state: State) => number[] }> {
  const ladders = items.map(worthTaking);
  let states: State[] = [noState];
  for (const [item, ladder] of ladders.entries()) {
    await pause();
    throwIfCancelled(signal);
    states = extended(
      states,
      ladder.map((choice) => items[item]![choice]!),
      mostStates,
    );
  }
  const order = items.map((_, item) => item);
  return { states, taken: (state) => unfolded(state, order, ladders) };
}

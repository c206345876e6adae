import type { PrunableGroup, PrunedCosts, PruningProfile } from '../../src/protocol/pruning.ts';
import type { PruningChoice } from '../../src/protocol/pruning-messages.ts';
import { costsLeft } from './costs.ts';

/** What a choice leaves of a model. */
export interface PruningPlan {
  /** Channels by group. */
  readonly left: readonly number[];
  /** The part removed of every group that follows the goal, before rounding. */
  readonly part: number;
  readonly costs: PrunedCosts;
  /** The goal cannot be reached: even the fewest channels cost more. */
  readonly short: boolean;
}

/** Halvings of the part: below a thousandth of a channel. */
const halvings = 24;

/**
 * Channels left in every group. For `macs` and `parameters` the part is the smallest, the same for all groups, that reaches the goal: what the step itself makes
 * of it gives more to the groups that can spare it, at the same cost.
 */
export function planOf(profile: PruningProfile, choice: PruningChoice): PruningPlan {
  const { goal, amount } = choice;
  const own = new Map(choice.groups);
  const at = (part: number): number[] => profile.groups.map((group) => leftOf(group, own.get(group.name) ?? part, choice.roundTo));
  const made = (part: number, short = false): PruningPlan => {
    const left = at(part);
    return { left, part, costs: costsLeft(profile, left), short };
  };
  if (goal === 'channels') return made(amount);
  const limit = amount * costsLeft(profile, at1(profile))[goal];
  const fits = (part: number): boolean => costsLeft(profile, at(part))[goal] <= limit;
  if (fits(0)) return made(0);
  if (!fits(1)) return made(1, true);
  let [low, high] = [0, 1];
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return made(high);
}

const at1 = ({ groups }: PruningProfile): number[] => groups.map(({ channels }) => channels);

/** Channels that stay of a group when `part` of them goes: a multiple of `roundTo` in every layer, or all; never below the group's minimum. As the step rounds them. */
export function leftOf({ channels, minimum, places = [] }: PrunableGroup, part: number, roundTo: number): number {
  const multiple = places.reduce(
    (units, own) => leastCommonMultiple(units, roundTo / greatestCommonDivisor(roundTo, own)),
    places.length ? 1 : roundTo,
  );
  const least = Math.max(1, Math.min(channels, minimum), Math.round(channels * (1 - part)));
  return Math.min(channels, Math.ceil(least / multiple) * multiple);
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
const leastCommonMultiple = (a: number, b: number): number => (a * b) / greatestCommonDivisor(a, b);

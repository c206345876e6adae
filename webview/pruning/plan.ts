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

/** Channels that stay of a group when `part` of them goes: a multiple of `roundTo` where that is possible, never below the group's minimum. */
export function leftOf({ channels, minimum }: PrunableGroup, part: number, roundTo: number): number {
  const fewest = Math.min(channels, Math.max(1, minimum));
  const wanted = Math.round(channels * (1 - part));
  const multiple = roundTo > 1 ? Math.ceil(wanted / roundTo) * roundTo : wanted;
  return Math.min(channels, Math.max(fewest, multiple));
}

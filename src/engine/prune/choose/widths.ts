import type { Importance } from '../importance/index.ts';
import type { Coupling, Removal } from '../groups/types.ts';

/** Channels left, by place of the group in coupling and profile. */
export type Widths = readonly number[];

/** What may be done to one group. */
export interface GroupRules {
  /** The fewest channels that may be left, at least 1; all of them where the group is left out. */
  readonly minimum: number;
  /** Widths are multiples of it, or the whole. */
  readonly multiple: number;
  /** Part to remove that the recipe says for its layers; absent: the goal decides. */
  readonly ratio?: number;
}

/** The nearest allowed width that is not smaller than asked for. */
export function allowedWidth(wanted: number, channels: number, { minimum, multiple }: GroupRules): number {
  const least = Math.max(1, Math.min(channels, minimum), Math.round(wanted));
  return Math.min(channels, Math.ceil(least / multiple) * multiple);
}

/** The width that a recipe's own ratio leaves, else the whole. */
export const firstWidth = (channels: number, rules: GroupRules): number =>
  allowedWidth(channels * (1 - (rules.ratio ?? 0)), channels, rules);

/** Channels of each group from the least important on; equal ones in their order. */
export function ascendingChannels({ groups }: Coupling, importance: Importance): Int32Array[] {
  return groups.map(({ name, channels }) => {
    const values = importance.get(name) ?? new Float64Array(channels);
    return Int32Array.from({ length: channels }, (_, channel) => channel).sort((a, b) => compare(values[a]!, values[b]!) || a - b);
  });
}

/** Unlike a difference, of infinite ones too. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** The least important channels beyond the widths; groups that lose none are not named. */
export function removalTo(widths: Widths, coupling: Coupling, importance: Importance): Removal {
  const order = ascendingChannels(coupling, importance);
  return new Map(
    coupling.groups.flatMap(({ name, channels }, i) => {
      const removed = [...order[i]!.subarray(0, channels - widths[i]!)].sort((a, b) => a - b);
      return removed.length > 0 ? [[name, removed] as const] : [];
    }),
  );
}

import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { Context } from '../../base/context.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import { wholeWidths } from '../costs-at.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import type { Importance } from '../importance/index.ts';
import { allowedWidth, removalTo, type GroupRules } from './widths.ts';

export interface NarrowingRequest<Found> {
  readonly coupling: Coupling;
  readonly profile: PruningProfile;
  readonly importance: Importance;
  /** By place of the group: minimum and multiple. */
  readonly rules: readonly GroupRules[];
  /** Parts of the channels to remove, ascending, between 0 and 1. */
  readonly parts: readonly number[];
  /** Places of the groups to look at. */
  readonly groups: readonly number[];
  /** What is found out about the model without some channels of one group. */
  readonly measure: (removal: Removal) => Promise<Found>;
  /** What progress is reported as. */
  readonly phase: string;
  readonly unit: string;
}

export interface NarrowedGroup<Found> {
  /** Place in coupling and profile. */
  readonly group: number;
  /** By falling width, each below the whole; `asked`: the part that was to go, `left`: channels that are left. */
  readonly points: readonly { readonly asked: number; readonly left: number; readonly found: Found }[];
}

/**
 * Narrows one group at a time, all others as they are (Li et al. 2017, arXiv:1608.08710, section 3.1). Throws what `measure` throws, and Cancelled.
 */
export async function narrowEach<Found>(
  { coupling, profile, importance, rules, parts, groups, measure, phase, unit }: NarrowingRequest<Found>,
  { signal, progress }: Context,
): Promise<NarrowedGroup<Found>[]> {
  const whole = wholeWidths(profile);
  const plans = groups.map((group) => [group, widthsOf(whole[group]!, parts, rules[group]!)] as const);
  const total = plans.reduce((sum, [, widths]) => sum + widths.length, 0);
  let done = 0;
  const narrowed: NarrowedGroup<Found>[] = [];
  for (const [group, widths] of plans) {
    const points: NarrowedGroup<Found>['points'][number][] = [];
    for (const [left, asked] of widths) {
      throwIfCancelled(signal);
      points.push({ asked, left, found: await measure(removalTo(whole.with(group, left), coupling, importance)) });
      progress.report({ phase, done: ++done, total, unit });
    }
    narrowed.push({ group, points });
  }
  return narrowed;
}

/** Falling widths below the whole, each once, with the first part that asked for it. */
function widthsOf(channels: number, parts: readonly number[], rules: GroupRules): [left: number, part: number][] {
  const found = new Map<number, number>();
  for (const part of parts) {
    const left = allowedWidth(channels * (1 - part), channels, rules);
    if (left < channels && !found.has(left)) found.set(left, part);
  }
  return [...found];
}

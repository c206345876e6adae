import type { PrunedCosts, PruningProfile } from '../../../protocol/pruning.ts';
import { costsAt, wholeWidths } from '../costs-at.ts';
import type { Removal } from '../groups/types.ts';
import type { EliminationCurve } from './types.ts';

export interface WidthLimits {
  /** Fewest channels left, by group. Absent: `minimum` of the profile. */
  readonly minimum?: ReadonlyMap<string, number>;
  /** Widths are multiples of this, where the group's own width allows; 1 by default. */
  readonly roundTo?: number;
}

/**
 * Widths from elimination curves: again and again the channels go that add the least error for each unit of cost they save, until the costs are within the
 * budget. Stops before it where nothing more can go. Pure.
 */
export function widthsByCurves(
  curves: readonly EliminationCurve[],
  profile: PruningProfile,
  within: (costs: PrunedCosts) => boolean,
  cost: keyof PrunedCosts,
  limits: WidthLimits = {},
): Removal {
  const left = wholeWidths(profile);
  const groups = curves.flatMap((curve) => {
    const index = profile.groups.findIndex(({ name }) => name === curve.group);
    if (index < 0) return [];
    const { channels, minimum } = profile.groups[index]!;
    return [{ curve, index, channels, least: Math.max(1, limits.minimum?.get(curve.group) ?? minimum) }];
  });
  let costs = costsAt(profile, left);
  while (!within(costs)) {
    let best: { readonly index: number; readonly to: number; readonly costs: PrunedCosts; readonly rate: number } | undefined;
    for (const { curve, index, channels, least } of groups) {
      const to = nextWidth(left[index]!, limits.roundTo ?? 1);
      if (to < least || to < 1) continue;
      const trial = left.slice();
      trial[index] = to;
      const reached = costsAt(profile, trial);
      let added = 0;
      for (let width = left[index]!; width > to; width--) added += curve.increases[channels - width]!;
      const saved = costs[cost] - reached[cost];
      const rate = saved > 0 ? added / saved : Infinity;
      if (rate < Infinity && (!best || rate < best.rate)) best = { index, to, costs: reached, rate };
    }
    if (!best) break;
    left[best.index] = best.to;
    costs = best.costs;
  }
  const removal = groups.map(({ curve, index, channels }): [string, number[]] => {
    return [curve.group, curve.order.slice(0, channels - left[index]!).sort((a, b) => a - b)];
  });
  return new Map(removal.filter(([, removed]) => removed.length > 0));
}

/** The next smaller multiple. */
const nextWidth = (width: number, step: number): number => (Math.ceil(width / step) - 1) * step;

import type { PrunedCosts, PruningProfile } from '../../../protocol/pruning.ts';
import { savings } from '../../prune/choose/savings.ts';
import { costsAt, wholeWidths } from '../../prune/costs-at.ts';
import type { ScannedGroup } from './scan.ts';

export interface Suggestion {
  /** Channels left, by place of the group. */
  readonly widths: readonly number[];
  readonly costs: PrunedCosts;
  /** Noise over signal of the outputs if the errors of the groups add. */
  readonly predicted: number;
}

/**
 * Widths for `macs` (the part of the multiply-adds that remains) of the least error, when the errors of the groups add: again and again the group becomes narrower that pays least for
 * each multiply-add saved, along the lower convex hull of its measured curve. Ends earlier where the scanned groups have no more to give.
 */
export function suggestWidths(profile: PruningProfile, scanned: readonly ScannedGroup[], macs: number): Suggestion {
  const saved = savings(profile, 'macs');
  const widths = wholeWidths(profile);
  const limit = macs * costsAt(profile, widths).macs;
  const noise = new Map(scanned.map(({ group }) => [group, 0]));
  while (costsAt(profile, widths).macs > limit) {
    let best: { group: number; left: number; noise: number; price: number } | undefined;
    for (const { group, points } of scanned) {
      for (const point of points) {
        if (point.left >= widths[group]! || !Number.isFinite(point.noise)) continue;
        const gain = saved(group, widths, point.left);
        const price = Math.max(0, point.noise - noise.get(group)!) / gain;
        // Of equal prices the step that saves more.
        if (gain > 0 && (!best || price < best.price || (price === best.price && point.left < best.left)))
          best = { group, left: point.left, noise: point.noise, price };
      }
    }
    if (!best) break;
    widths[best.group] = best.left;
    noise.set(best.group, Math.max(best.noise, noise.get(best.group)!));
  }
  return { widths, costs: costsAt(profile, widths), predicted: [...noise.values()].reduce((a, b) => a + b, 0) };
}

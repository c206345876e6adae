import type { PrunableGroup, PruningProfile } from '../../src/protocol/pruning.ts';
import type { PruningState } from '../../src/protocol/pruning-messages.ts';

export interface Ordered {
  readonly profile: PruningProfile;
  readonly left: readonly number[];
  readonly macs: readonly number[];
  readonly layers: readonly string[];
  readonly sort: PruningState['sort'];
}

/** Places of groups in the order of the table: those of selected layers first. */
export function orderOf({ profile: { groups }, left, macs, layers, sort }: Ordered): number[] {
  const chosen = new Set(layers);
  const rank = groups.map(({ makers, readers }) =>
    makers.some((name) => chosen.has(name)) ? 0 : readers.some((name) => chosen.has(name)) ? 1 : 2,
  );
  const by = (at: number): number => (sort === 'macs' ? macs[at]! : sort === 'removed' ? 1 - left[at]! / groups[at]!.channels : 0);
  return groups.map((_, at) => at).sort((a, b) => rank[a]! - rank[b]! || by(b) - by(a) || a - b);
}

/** The importances, greatest first, as the corners of an area. What is not finite counts as the extreme that it is. */
export function importanceCorners(importance: readonly number[], width: number, height: number): string {
  const finite = importance.filter(Number.isFinite);
  const most = finite.reduce((a, b) => Math.max(a, b), 0) || 1;
  const sorted = importance.map((value) => (Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value / most)))).sort((a, b) => b - a);
  const step = width / sorted.length;
  const corners = sorted.flatMap((value, i) => {
    const y = round(height * (1 - value));
    return [`${round(i * step)},${y}`, `${round((i + 1) * step)},${y}`];
  });
  return [`0,${height}`, ...corners, `${width},${height}`].join(' ');
}

/** Values of a curve over the part removed, better above, on the scale of all curves. null and what is not finite is the best of all, or the worst. */
export function curveCorners(
  curve: NonNullable<PrunableGroup['curve']>,
  groups: readonly PrunableGroup[],
  better: 'high' | 'low',
  width: number,
  height: number,
): string {
  const all = groups.flatMap((group) =>
    (group.curve ?? []).flatMap(([, value]) => (value !== null && Number.isFinite(value) ? [value] : [])),
  );
  const [low, high] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)];
  const worst = better === 'high' ? low : high;
  const good = (value: number | null): number => {
    if (value === null) return 1;
    if (!Number.isFinite(value)) return value > 0 === (better === 'high') ? 1 : 0;
    return high > low ? Math.abs(value - worst) / (high - low) : 1;
  };
  const points = curve.map(([part, value]) => `${round(part * width)},${round((1 - good(value)) * (height - 2) + 1)}`);
  // The curve begins at the whole model, which nothing is lost of.
  return [`0,1`, ...points].join(' ');
}

const round = (value: number): number => Math.round(value * 10) / 10;

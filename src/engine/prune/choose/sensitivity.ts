import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { Context } from '../../base/context.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import type { Importance } from '../importance/index.ts';
import { narrowEach } from './narrowing.ts';
import type { GroupRules } from './widths.ts';

/** What a model without some channels is worth less than the whole one, measured: 0 for none, more is worse. */
export type Trial = (removal: Removal) => Promise<number>;

/** What narrowing one group alone costs. Plain data. */
export interface SensitivityCurve {
  readonly group: string;
  /** Channels left, falling, and what was lost there; the first is the whole group, at no loss. */
  readonly widths: readonly number[];
  readonly losses: readonly number[];
}

/** Parts of a group's channels that are removed, one after the other. */
const scannedRatios = [0.25, 0.5, 0.75, 0.875];

export interface ScanRequest {
  readonly coupling: Coupling;
  readonly profile: PruningProfile;
  readonly importance: Importance;
  readonly rules: readonly GroupRules[];
  readonly trial: Trial;
  readonly context: Context;
}

/** Narrows each group alone, at some widths, and measures. Groups that stay as they are have no curve. Throws what `trial` throws, and Cancelled. */
export async function scanSensitivity({ trial, context, ...request }: ScanRequest): Promise<SensitivityCurve[]> {
  const { profile, rules } = request;
  const groups = profile.groups.flatMap((_, place) => (rules[place]!.ratio === undefined ? [place] : []));
  const asked = { ...request, groups, parts: scannedRatios, measure: trial, phase: 'sensitivity', unit: 'widths' };
  const narrowed = await narrowEach(asked, context);
  return narrowed.flatMap(({ group, points }) => {
    const { name, channels } = profile.groups[group]!;
    if (points.length === 0) return [];
    return [{ group: name, widths: [channels, ...points.map(({ left }) => left)], losses: [0, ...points.map(({ found }) => found)] }];
  });
}

/** Part of the greatest loss that removing all of a group costs at least, so that noise takes no group to the end. */
const leastSlope = 0.01;

/**
 * What each channel of a group costs when its turn comes: the slope of the group's curve, never less than before, since a model that answers by chance loses nothing more. By place
 * of the group, ascending; for `globalPath`. Groups without a curve cost nothing more than the others' last channel.
 */
export function marginalLosses({ groups }: PruningProfile, curves: readonly SensitivityCurve[]): Float64Array[] {
  const byGroup = new Map(curves.map((curve) => [curve.group, curve]));
  const greatest = Math.max(0, ...curves.flatMap(({ losses }) => losses));
  return groups.map(({ name, channels }) => {
    const curve = byGroup.get(name);
    const marginals = new Float64Array(channels).fill(greatest);
    if (!curve) return marginals;
    let slope = (leastSlope * greatest) / channels;
    for (let part = 1; part < curve.widths.length; part++) {
      const [from, to] = [curve.widths[part - 1]!, curve.widths[part]!];
      slope = Math.max(slope, (curve.losses[part]! - curve.losses[part - 1]!) / (from - to));
      marginals.fill(slope, channels - from, channels - to);
    }
    return marginals.fill(Math.max(slope, greatest), channels - curve.widths.at(-1)!);
  });
}

/**
 * What a group has lost alone when each channel goes, never less than before: narrowing all groups to one level is Li et al.'s choice (arXiv:1608.08710, section 3.1). By place of the
 * group, ascending; for `globalPath`.
 */
export function lossLevels(profile: PruningProfile, curves: readonly SensitivityCurve[]): Float64Array[] {
  return marginalLosses(profile, curves).map((marginals) => {
    let level = 0;
    return marginals.map((loss) => (level += loss));
  });
}

import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { Context } from '../../base/context.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { removeChannels } from '../../prune/apply.ts';
import { allowedWidth, removalTo, type GroupRules } from '../../prune/choose/widths.ts';
import { wholeWidths } from '../../prune/costs-at.ts';
import type { Coupling } from '../../prune/groups/types.ts';
import type { Importance } from '../../prune/importance/index.ts';

/** What a model without some channels of one group is worth. */
export interface Measured {
  /** Squared error over squared value of the outputs. */
  readonly noise: number;
  /** The task metric, where there is one, and what is lost of it. */
  readonly value?: number;
  readonly loss?: number;
}

export interface ScanRequest {
  /** Weights loaded; not changed. */
  readonly model: Model;
  readonly coupling: Coupling;
  readonly profile: PruningProfile;
  readonly importance: Importance;
  /** By place of the group: minimum and multiple. */
  readonly rules: readonly GroupRules[];
  /** Parts of the channels to remove, ascending, between 0 and 1. */
  readonly parts: readonly number[];
  /** Places of the groups to look at. */
  readonly groups: readonly number[];
  readonly measure: (model: Model, context: Context) => Promise<Measured>;
}

export interface ScannedPoint extends Measured {
  /** Of the channels, as it was asked for. */
  readonly asked: number;
  /** The same as it was possible. */
  readonly part: number;
  /** Channels left. */
  readonly left: number;
}

export interface ScannedGroup {
  /** Place in coupling and profile. */
  readonly group: number;
  /** By rising part, without the one where nothing is removed. */
  readonly points: readonly ScannedPoint[];
}

/**
 * Narrows one group at a time, all others as they are, and measures what is left of the outputs (Li et al. 2017, arXiv:1608.08710, section 3.1). Nothing makes up for the channels:
 * the figures say which groups can spare them, not what a repaired model will be worth. `soFar` is told after each group. Throws what `measure` throws, and Cancelled.
 */
export async function scanPruning(
  request: ScanRequest,
  context: Context,
  soFar: (groups: readonly ScannedGroup[]) => void = () => {},
): Promise<ScannedGroup[]> {
  const { model, coupling, profile, importance, rules, parts, measure } = request;
  const quiet = { ...context, progress: { report: () => {} } };
  const found: ScannedGroup[] = [];
  const widths = request.groups.map((group) => [group, widthsOf(profile.groups[group]!.channels, parts, rules[group]!)] as const);
  const total = widths.reduce((sum, [, all]) => sum + all.length, 0);
  let done = 0;
  for (const [group, all] of widths) {
    const { channels } = profile.groups[group]!;
    const points: ScannedPoint[] = [];
    for (const [left, asked] of all) {
      throwIfCancelled(context.signal);
      const removal = removalTo(wholeWidths(profile).with(group, left), coupling, importance);
      const measured = await measure(removeChannels(model, coupling, removal), quiet);
      points.push({ asked, part: 1 - left / channels, left, ...measured });
      context.progress.report({ phase: 'prune', done: ++done, total, unit: 'cuts' });
    }
    found.push({ group, points });
    soFar(found);
  }
  return found;
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

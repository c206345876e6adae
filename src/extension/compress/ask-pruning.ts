import path from 'node:path';
import type * as vscode from 'vscode';
import type { DataSource } from '../../engine/data/source.ts';
import type { Recipe } from '../../engine/recipe/types.ts';
import { findTarget } from '../../engine/targets/index.ts';
import type { PrunableGroup, PruningProfile } from '../../protocol/pruning.ts';
import type { PruningChoice } from '../../protocol/pruning-messages.ts';
import type { PruningSensitivityDocument } from '../../protocol/results/prune.ts';
import type { Host } from '../host.ts';
import { askPruning } from '../pruning/pruning-panel.ts';
import type { RecipeStep } from './choices.ts';

/** Multiples that kernels and boards like. */
const usualMultiples = [1, 4, 8, 16, 32];

/**
 * Shows what pruning would leave of a model and asks how far it is to go. `layers` are names: their groups come first. Groups of the answer are called as the recipe calls them: by
 * the first layer that makes them.
 */
export async function askHowFar(
  host: Host,
  model: vscode.Uri,
  target: string,
  layers: readonly string[],
): Promise<PruningChoice | undefined> {
  const { title = target, channelMultiple = 1 } = findTarget(target) ?? {};
  const profiled = Promise.all([host.jobs.runQuietly({ kind: 'pruning-preview', model: model.fsPath }), host.overlays.pruning(model)]);
  const profile = profiled.then(([found, known]) => (known ? withCurves(found, known) : found));
  const choice = await askPruning(host.context.extensionUri, {
    question: {
      model: path.basename(model.fsPath),
      choice: { goal: 'channels', amount: 0.5, roundTo: channelMultiple, groups: [] },
      multiples: [...new Set([...usualMultiples, channelMultiple])].sort((a, b) => a - b),
      target: channelMultiple > 1 ? title : '',
      layers,
      verb: 'Prune',
    },
    profile,
  });
  if (!choice) return undefined;
  const makers = new Map((await profile).groups.map((group) => [group.name, group.makers[0] ?? group.name]));
  return { ...choice, groups: choice.groups.map(([name, part]) => [makers.get(name) ?? name, part] as const) };
}

/** The profile with what was measured of its groups. */
export function withCurves(
  profile: PruningProfile,
  { groups, measure, unit, better, samples }: PruningSensitivityDocument,
): PruningProfile {
  const known = new Map(groups.map((group) => [group.name, group]));
  return {
    ...profile,
    measured: { title: `${measure === 'sqnr' ? 'SQNR' : measure}, ${samples} pictures`, unit, better },
    groups: profile.groups.map((group): PrunableGroup => {
      const found = known.get(group.name);
      if (!found || found.channels !== group.channels) return group;
      return { ...group, curve: found.points.map(({ part, value }) => [part, value] as const), suggested: found.suggested };
    }),
  };
}

/** The least squares that repair what a cut takes need more pictures than ranges do. */
const repairPictures = 500;

/** As many of the pictures as the repair takes, where not all of them serve already. */
export const forRepair = (calibration: DataSource, available = repairPictures): DataSource =>
  calibration.count === undefined
    ? calibration
    : { ...calibration, count: Math.max(calibration.count, Math.min(available, repairPictures)) };

/** What was chosen, as settings of the step and of single layers. */
export function pruningSettings({ goal, amount, roundTo, groups }: PruningChoice): Pick<RecipeStep, 'settings'> & {
  layers: NonNullable<Recipe['layers']>;
} {
  return {
    settings: { [goal]: amount, ...(roundTo > 1 ? { 'round-to': roundTo } : {}) },
    layers: Object.fromEntries(groups.map(([name, part]) => [name, part === 0 ? { prune: false } : { channels: part }])),
  };
}

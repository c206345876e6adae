import type { Model } from '../../onnx/graph.ts';
import { choose, type Goals } from '../../prune/choose/choose.ts';
import { localPath } from '../../prune/choose/local.ts';
import { groupRules, type RuleSettings } from '../../prune/choose/rules.ts';

import { pruningProfile } from '../../prune/costs.ts';
import { findCriterion } from '../../prune/criteria/index.ts';
import type { Coupling } from '../../prune/groups/types.ts';
import { removeChannels } from '../../prune/apply.ts';
import { importanceOf } from '../../prune/importance/index.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { StepRequest } from '../steps/step.ts';

export interface Cut {
  readonly model: Model;
  /** In sentences. */
  readonly notes: readonly string[];
}

/** Removes channels until the goals are reached. Throws `prune.*`, `model.*`, `data.*`, and Cancelled. */
export async function cut(request: StepRequest, model: Model, coupling: Coupling, goals: Goals): Promise<Cut> {
  const { step, recipe } = request;
  const settings = step.settings as PruneSettings;
  const profile = pruningProfile(model, coupling);
  const criterion = findCriterion(settings.criterion) ?? findCriterion('l2')!;
  const importance = await importanceOf(
    criterion,
    {},
    { model, coupling, seed: recipe.seed },
    { reduce: settings.reduce, normalize: settings.normalize },
  );
  const rules = groupRules(coupling, ruleSettings(settings), (name) => ({ leftOut: step.layers[name]?.['prune'] === false }));
  const path = localPath(profile, rules);
  const { removal } = choose({ coupling, profile, importance, path, ...(model.path ? { file: model.path } : {}) }, goals);
  return { model: removeChannels(model, coupling, removal), notes: [] };
}

/** A list of ratios is one for each stage. */
const ruleSettings = ({ channels, ...settings }: PruneSettings): RuleSettings => ({
  ...settings,
  ...(Array.isArray(channels) ? { stages: channels } : {}),
});

import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { Context } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { findCriterion, type Criterion, type CriterionPictures } from '../criteria/index.ts';
import { l2 } from '../criteria/l2.ts';
import { reconstruction } from '../criteria/reconstruction.ts';
import type { Coupling } from '../groups/types.ts';
import { importanceOf, type Importance } from '../importance/index.ts';
import type { Goals } from './choose.ts';
import { globalPath, isomorphicPath, type Ranked } from './global.ts';
import { kindsOf } from './kinds.ts';
import { localPath } from './local.ts';
import type { WidthPath } from './path.ts';
import { groupRules, type LayerRule } from './rules.ts';
import { bestPath, searchPath } from './search.ts';
import { lossLevels, marginalLosses, scanSensitivity, type Trial } from './sensitivity.ts';
import type { ChoiceSettings } from './settings.ts';
import type { GroupRules } from './widths.ts';

export type { Trial } from './sensitivity.ts';
export { choose, chooseMeasured, chooseWhile, type Choice, type ChooseRequest, type Goals } from './choose.ts';

/** What the model loses with a removal, by validation pictures. */
export interface MeasuredTrials {
  /** Quickly: widths are drawn by the hundred. */
  readonly openQuick: () => Promise<Trial>;
  /** With what makes up for the cut afterwards; absent where nothing does. */
  readonly openCompensated?: () => Promise<Trial>;
  readonly context: Context;
}

export interface RankingRequest {
  readonly model: Model;
  readonly coupling: Coupling;
  readonly profile: PruningProfile;
  readonly settings: ChoiceSettings & { readonly criterion?: string; readonly channels?: number | readonly number[] };
  readonly goals: Goals;
  readonly seed: number;
  /** What the recipe says of a layer, by its label. */
  readonly layer: (name: string) => LayerRule;
  /** Channels of each group, by name, before the first of several rounds. */
  readonly before?: Readonly<Record<string, number>>;
  readonly pictures?: CriterionPictures;
  /** For `ratios` that are measured. Opened when it is needed. */
  readonly measured?: MeasuredTrials;
}

/** Which channels go first, and along which widths. */
export interface Ranking {
  readonly importance: Importance;
  readonly rules: readonly GroupRules[];
  readonly path: WidthPath;
  /** In sentences. */
  readonly notes: readonly string[];
}

/**
 * Asks the criterion about every channel and makes the path of widths that `scope` names. Throws what the criterion throws, and `prune.stages`.
 */
export async function rank(request: RankingRequest): Promise<Ranking> {
  const { model, coupling, settings, seed, before, pictures } = request;
  const { criterion, notes } = criterionOf(request);
  const asked = { model, coupling, seed, ...(pictures ? { pictures } : {}) };
  const importance = await importanceOf(criterion, settings, asked, settings);
  const { channels } = settings;
  const stages = typeof channels === 'object' ? { stages: channels } : {};
  const rules = groupRules(coupling, { ...settings, ...stages, ...(before ? { before } : {}) }, request.layer);
  const byScope = pathOf(request, criterion, importance, rules);
  return { importance, rules, path: await measuredPath(request, { importance, rules, path: byScope }), notes };
}

/** The path that `ratios` asks for. */
async function measuredPath(request: RankingRequest, { importance, rules, path }: Omit<Ranking, 'notes'>): Promise<WidthPath> {
  const { model, coupling, profile, settings, goals, seed, measured } = request;
  if (settings.ratios === 'scope') return path;
  if (!measured) {
    throw new LatheError('prune.pictures', `\`ratios: ${settings.ratios}\` measures on validation pictures, and there are none`, {
      file: model.path,
      hint: 'Name some under data.validation, or data.train, of which a part is held back.',
    });
  }
  const { context, openQuick, openCompensated } = measured;
  const asked = {
    coupling,
    profile,
    importance,
    path,
    rules,
    goals,
    context,
    ...(model.path === undefined ? {} : { file: model.path }),
  };
  if (settings.ratios === 'search') {
    const trials = { trial: await openQuick(), ...(openCompensated ? { finalTrial: await openCompensated() } : {}) };
    return searchPath({ ...asked, ...trials, candidates: settings.candidates, seed });
  }
  const scan = { ...asked, trial: await (openCompensated ?? openQuick)() };
  const curves = await scanSensitivity(scan);
  // Losses of single groups do not add up where much goes: which reading of them holds is tried too.
  const byCost = globalPath({ profile, rules, ascending: marginalLosses(profile, curves), per: costOf(goals) ?? 'macs' });
  const byLevel = globalPath({ profile, rules, ascending: lossLevels(profile, curves) });
  return bestPath(scan, [byCost, byLevel]);
}

const costOf = ({ macs, parameters }: Goals) => (macs !== undefined ? 'macs' : parameters !== undefined ? 'parameters' : undefined);

/** By default the one that looks at pictures, where there are any. */
function criterionOf({ settings, pictures }: RankingRequest): { criterion: Criterion; notes: string[] } {
  if (settings.criterion !== undefined) return { criterion: findCriterion(settings.criterion)!, notes: [] };
  if (pictures) return { criterion: reconstruction, notes: [] };
  const note =
    'There are no pictures, so channels are chosen by their weights alone (`l2`). With some, without labels, `reconstruction` keeps more.';
  return { criterion: l2, notes: [note] };
}

function pathOf(
  { model, coupling, profile, settings, goals }: RankingRequest,
  criterion: Criterion,
  importance: Importance,
  rules: readonly GroupRules[],
): WidthPath {
  const cost = costOf(goals);
  const additive = criterion.additive && cost !== undefined;
  const scope = settings.scope ?? (additive && goals.channels === undefined ? 'global' : 'local');
  if (scope === 'local') return localPath(profile, rules);
  const ascending = coupling.groups.map(({ name }) => Float64Array.from(importance.get(name)!).sort());
  const ranked: Ranked = { profile, rules, ascending, ...(additive ? { per: cost } : {}) };
  return scope === 'global' ? globalPath(ranked) : isomorphicPath(ranked, kindsOf(model, coupling));
}

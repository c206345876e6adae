import path from 'node:path';
import type { NewModelSettings } from '../../architectures/settings.ts';
import { findTarget, targets } from '../../targets/index.ts';
import type { TargetLimits } from '../../targets/limits.ts';
import type { Issue, Path } from '../check.ts';
import { fillDefaults } from '../defaults.ts';
import type { Known, ModelFacts } from '../facts/types.ts';
import { layerIndex } from '../layer-index.ts';
import { splitPattern, stepAlias } from '../models.ts';
import { inferTask, resolveData } from '../resolve-data.ts';
import { findStep } from '../steps.ts';
import { networkFacts } from '../networks.ts';
import type { Recipe, RecipeStep, Settings } from '../types.ts';
import { known, type World } from '../world.ts';
import type { LayersView, ModelSeen, RuleContext, StepView } from './rule.ts';

export interface ContextRequest {
  readonly folder: string;
  readonly for: 'run' | 'validate';
  readonly world: World;
  readonly layerOrder?: readonly string[];
  /** What does not fit the schema. */
  readonly issues?: readonly Issue[];
  /** Names of layers that are compared with patterns at most; of those beyond it nothing is said. By default all. */
  readonly mostComparisons?: number;
  /** The text has syntax errors: anything may be missing from what was read. */
  readonly incomplete?: boolean;
}

/** What rules look at, put together from a recipe as far as it could be read. */
export function ruleContext(recipe: Recipe, request: ContextRequest): RuleContext {
  const target = findTarget(recipe.target ?? '') ?? targets[0]!;
  const data = resolveData(recipe.data ?? {}, request.folder);
  const models = modelsSeen(recipe, request);
  const aliases = Object.keys(recipe.models ?? {});
  return {
    recipe,
    folder: request.folder,
    for: request.for,
    target,
    task: recipe.task ?? inferTask(data),
    data,
    steps: (recipe.steps ?? []).flatMap((entry, index) => stepView(recipe, entry, index, target) ?? []),
    layers: layersView(recipe, request, models, aliases),
    models,
    aliases,
    world: request.world,
    unsure: (place) => request.incomplete === true || (request.issues ?? []).some(({ path: wrong }) => isRelated(wrong, place)),
  };
}

/** One is the other, or lies below it. Of the root itself only what stands there at once counts. */
function isRelated(a: Path, b: Path): boolean {
  if (a.length === 0 || b.length === 0) return a.length <= 1 && b.length <= 1;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return false;
  return true;
}

function modelsSeen(recipe: Recipe, { folder, world }: ContextRequest): Map<string, ModelSeen> {
  const seen = (facts: Known<ModelFacts>, at: Path, file?: string, warnings: readonly string[] = []): ModelSeen => {
    const value = known(facts);
    return { facts, path: at, ...(file === undefined ? {} : { file }), index: value && layerIndex(value), warnings };
  };
  const made = (settings: NewModelSettings, at: Path): ModelSeen => {
    const { facts, warnings } = networkFacts(settings);
    return seen(facts, at, undefined, warnings);
  };
  const stored = (written: string, at: Path): ModelSeen => {
    const file = path.resolve(folder, written);
    return seen(world.model(file), at, file);
  };
  if (recipe.models === undefined) return new Map(recipe.model === undefined ? [] : [['', stored(recipe.model, ['model'])]]);
  return new Map(
    Object.entries(recipe.models).map(([alias, entry]) => [
      alias,
      'model' in entry ? stored(entry.model, ['models', alias, 'model']) : made(entry, ['models', alias, 'new']),
    ]),
  );
}

function stepView(recipe: Recipe, entry: RecipeStep, index: number, target: TargetLimits): StepView | undefined {
  const [name = '', { on: _, ...written } = {}] = Object.entries(entry)[0] ?? [];
  const declaration = findStep(name);
  if (!declaration) return undefined;
  const settings = fillDefaults(declaration.parameters, { ...targetDefaults(target, name, written), ...written }) as Settings;
  return { index, name, declaration, written, settings, model: stepAlias(recipe, entry), path: ['steps', index, name] };
}

/** What the target says where the step is silent. */
export function targetDefaults(target: TargetLimits, step: string, written: Settings): Settings {
  const silent = Object.entries(target.settings[step] ?? {}).filter(
    ([key, limit]) => written[key] === undefined && limit.default !== undefined,
  );
  return Object.fromEntries(silent.map(([key, limit]) => [key, limit.default]));
}

function layersView(
  recipe: Recipe,
  request: ContextRequest,
  models: ReadonlyMap<string, ModelSeen>,
  aliases: readonly string[],
): LayersView[] {
  const layers = recipe.layers ?? {};
  // Keys that were set over the text are in the object only.
  let left = request.mostComparisons ?? Infinity;
  const order = new Set([...(request.layerOrder ?? []), ...Object.keys(layers)]);
  return [...order].flatMap((written): LayersView[] => {
    const override = layers[written];
    if (!override) return [];
    const { alias, pattern } = splitPattern(written, aliases);
    const among = [...models].filter(([name, { index }]) => index && (alias === undefined || alias === name));
    left -= among.reduce((sum, [, { index }]) => sum + index!.cost(pattern), 0);
    if (left < 0) return [{ written, pattern, override, matches: new Map() }];
    return [{ written, pattern, override, matches: new Map(among.map(([name, { index }]) => [name, index!.matching(pattern)])) }];
  });
}

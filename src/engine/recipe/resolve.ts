import path from 'node:path';
import { nameInChain, resolveChain } from './chain.ts';
import type { Issue } from './check.ts';
import { recipeName } from './composed-file.ts';
import { fillDefaults } from './defaults.ts';
import { hasErrors } from './load.ts';
import { withModelPaths } from './model-paths.ts';
import { mainAlias, resolveModels } from './models.ts';
import { overridesByModel, type LayersByModel } from './resolve-layers.ts';
import { ruleContext, type ContextRequest } from './rules/context.ts';
import { checkRules } from './rules/index.ts';
import type { RuleContext, StepView } from './rules/rule.ts';
import { recipeShape } from './schema.ts';
import { readsKey } from './steps.ts';
import { resolveDeploy } from './resolve-deploy.ts';
import { known } from './world.ts';
import type { LayerOverride, Recipe, ResolvedRecipe, ResolvedStep } from './types.ts';

export interface ResolveRequest extends ContextRequest {
  /** The recipe's file, absolute, when it has one. */
  readonly file?: string;
  /** Absolute folder of run folders when the recipe names none. */
  readonly runs: string;
  /** Settings of steps given on the command line, by step position: they win over `layers` (recipe.md, "Precedence"). */
  readonly flags?: ReadonlyMap<number, ReadonlySet<string>>;
}

export interface Resolution {
  /** Absent when there is at least one error. */
  readonly resolved?: ResolvedRecipe;
  readonly issues: Issue[];
}

/**
 * Fills in defaults (command line over `layers` over step over target over declaration), makes paths absolute, turns layer patterns into
 * names of the model's layers, and checks what no schema can (`rules/`). Reads no file and throws nothing: what is wrong is in `issues`.
 */
export function resolveRecipe(recipe: Recipe, request: ResolveRequest): Resolution {
  const context = ruleContext(recipe, request);
  const issues = checkRules(context);
  return hasErrors(issues) ? { issues } : { resolved: resolvedRecipe(context, request), issues };
}

function resolvedRecipe(context: RuleContext, request: ResolveRequest): ResolvedRecipe {
  const { recipe, target, task, data } = context;
  const shape = recipeShape().properties;
  const layers = overridesByModel(context);
  const steps = context.steps.map((step) => resolvedStep(step, layers, context, request));
  const output = fillDefaults(shape['output']!, recipe.output ?? {}) as { folder?: string; formats: string[]; name: string };
  const model = recipe.model === undefined ? undefined : path.resolve(request.folder, recipe.model);
  const models = resolveModels(recipe, request.folder);
  const chain = resolveChain(recipe, new Map([...context.models].map(([alias, { facts }]) => [alias, known(facts)])));
  return {
    version: 1,
    ...(request.file ? { file: request.file } : {}),
    folder: request.folder,
    name: recipeName(request.file ?? model ?? mainAlias({ models, steps }) ?? ''),
    ...(model === undefined ? {} : { model }),
    ...(models ? { models } : {}),
    ...(chain ? { chain } : {}),
    target: target.name,
    task,
    seed: recipe.seed ?? (shape['seed']!['default'] as number),
    data,
    steps,
    ...(recipe.gate ? { gate: recipe.gate } : {}),
    ...(recipe.deploy ? { deploy: resolveDeploy(recipe.deploy, target.name, request.folder) } : {}),
    output: {
      folder: output.folder ? path.resolve(request.folder, output.folder) : request.runs,
      formats: output.formats,
      name: output.name,
    },
  };
}

function resolvedStep(
  step: StepView,
  layers: LayersByModel,
  { aliases, recipe, models }: RuleContext,
  request: ResolveRequest,
): ResolvedStep {
  const { name, index, declaration, model = '' } = step;
  const settings = withModelPaths(declaration, step.settings, aliases, (file) => path.resolve(request.folder, file));
  const flags = request.flags?.get(index);
  const overrides: [string, LayerOverride][] = [];
  for (const [layer, override] of recipe.chain ? chainedLayers(layers, step, models) : (layers.get(model) ?? [])) {
    const mine = Object.entries(override).filter(([key]) => key === name || (readsKey(declaration, key) && !flags?.has(key)));
    if (mine.length) overrides.push([layer, Object.fromEntries(mine)]);
  }
  return { step: name, index, ...(model === '' || recipe.chain ? {} : { on: model }), settings, layers: Object.fromEntries(overrides) };
}

/** Layers of a chain's models under their names in the whole; those of models that the step is not `on` are left out of it. */
function chainedLayers(layers: LayersByModel, { name, model = '' }: StepView, models: RuleContext['models']): [string, LayerOverride][] {
  return [...models].flatMap(([alias, { index }]): [string, LayerOverride][] => {
    const within = (layer: string): string => nameInChain(alias, layer);
    if (model === '' || model === alias) return [...(layers.get(alias) ?? [])].map(([layer, override]) => [within(layer), override]);
    return (index?.names ?? []).map((layer) => [within(layer), { [name]: false }]);
  });
}

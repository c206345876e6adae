import path from 'node:path';
import type { Model } from '../onnx/graph.ts';
import { findTarget, targets } from '../targets/index.ts';
import type { TargetLimits } from '../targets/limits.ts';
import { checkData, inferTask, resolveData } from './resolve-data.ts';
import { fillDefaults } from './defaults.ts';
import { withModelPaths } from './model-paths.ts';
import { mainAlias, resolveModels, stepModel } from './models.ts';
import { checkLimit, resolveLayers, type LayersByModel } from './resolve-layers.ts';
import { recipeShape } from './schema.ts';
import { findStep } from './steps.ts';
import type { Issue } from './check.ts';
import type { LayerOverride, Recipe, RecipeStep, ResolvedRecipe, ResolvedStep, Settings } from './types.ts';

export interface ResolveRequest {
  /** Absolute folder where relative paths begin. */
  readonly folder: string;
  /** The recipe's file, absolute, when it has one. */
  readonly file?: string;
  /** Absolute folder of run folders when the recipe names none. */
  readonly runs: string;
  /** The recipe's model, at least scanned. Without it layer names and what the model says of its input stay unchecked. */
  readonly model?: Model;
  /** The same by alias, of a recipe of several models. */
  readonly models?: ReadonlyMap<string, Model>;
  /** `run`: what would stop the run is an error. `validate`: data and preprocessing may still come, so they are warnings. */
  readonly for: 'run' | 'validate';
  /** Keys of `layers` in the order of the text (`LoadedRecipe.layerOrder`). By default that of the object. */
  readonly layerOrder?: readonly string[];
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
 * names of the model's layers, and checks what no schema can: the target's limits, the three kinds of data, preprocessing.
 * Reads no file and throws nothing: what is wrong is in `issues`.
 */
export function resolveRecipe(recipe: Recipe, request: ResolveRequest): Resolution {
  const issues: Issue[] = [];
  const shape = recipeShape().properties;
  const target = findTarget(recipe.target ?? '') ?? targets[0]!;
  const data = resolveData(recipe.data ?? {}, request.folder);
  const layers = resolveLayers(recipe, request, target, issues);
  const steps = (recipe.steps ?? []).map((entry, index) => resolveStep(recipe, entry, index, target, layers, request, issues));
  const task = recipe.task ?? inferTask(data);
  issues.push(...checkData(recipe, data, task, steps, request));
  if (issues.some((issue) => issue.severity === 'error')) return { issues };
  const output = fillDefaults(shape['output']!, recipe.output ?? {}) as { folder?: string; formats: string[]; name: string };
  const model = recipe.model === undefined ? undefined : path.resolve(request.folder, recipe.model);
  const models = resolveModels(recipe, request.folder);
  const resolved: ResolvedRecipe = {
    version: 1,
    ...(request.file ? { file: request.file } : {}),
    folder: request.folder,
    name: nameOf(request.file ?? model ?? mainAlias({ models, steps }) ?? ''),
    ...(model === undefined ? {} : { model }),
    ...(models ? { models } : {}),
    target: target.name,
    task,
    seed: recipe.seed ?? (shape['seed']!['default'] as number),
    data,
    steps,
    ...(recipe.gate ? { gate: recipe.gate } : {}),
    output: {
      folder: output.folder ? path.resolve(request.folder, output.folder) : request.runs,
      formats: output.formats,
      name: output.name,
    },
  };
  return { resolved, issues };
}

/** `resnet20.compress.yaml` and `resnet20.onnx` are both "resnet20". */
function nameOf(file: string): string {
  return path.basename(file).replace(/(\.compress)?\.(ya?ml|json|onnx)$/i, '') || 'run';
}

function resolveStep(
  recipe: Recipe,
  entry: RecipeStep,
  index: number,
  target: TargetLimits,
  layers: LayersByModel,
  request: ResolveRequest,
  issues: Issue[],
): ResolvedStep {
  const [name = '', { on: _, ...written } = {}] = Object.entries(entry)[0] ?? [];
  const step = findStep(name);
  const { alias, issues: wrong } = stepModel(recipe, entry, index);
  issues.push(...wrong);
  const limits = target.settings[name] ?? {};
  const fromTarget: Settings = {};
  for (const [key, limit] of Object.entries(limits)) {
    if (written[key] !== undefined) checkLimit(target, name, key, written[key], ['steps', index, name, key], issues);
    else if (limit.default !== undefined) fromTarget[key] = limit.default;
    if (step && limit.allowed && !Object.hasOwn(step.parameters.properties, key)) issues.push(beyondThisVersion(target, name, key, index));
  }
  const filled = step ? (fillDefaults(step.parameters, { ...fromTarget, ...written }) as Settings) : written;
  const settings = withModelPaths(step, filled, Object.keys(recipe.models ?? {}), (file) => path.resolve(request.folder, file));
  const known = step?.parameters.properties ?? {};
  const flags = request.flags?.get(index);
  const overrides: [string, LayerOverride][] = [];
  for (const [layer, override] of layers.get(alias ?? '') ?? []) {
    const mine = Object.entries(override).filter(([key]) => key === name || (Object.hasOwn(known, key) && !flags?.has(key)));
    if (mine.length) overrides.push([layer, Object.fromEntries(mine)]);
  }
  return { step: name, index, ...(alias === undefined ? {} : { on: alias }), settings, layers: Object.fromEntries(overrides) };
}

/** The target insists on something that the step can't do yet. */
function beyondThisVersion(target: TargetLimits, step: string, key: string, index: number): Issue {
  const limit = target.settings[step]?.[key];
  const wanted = `${key}: ${limit?.allowed?.map(String).join(' or ')}`;
  const message = `this version of Lathe cannot ${step} for ${target.name} yet: it needs ${wanted}${limit?.reason ? ` (${limit.reason})` : ''}`;
  return { path: ['steps', index, step], at: 'key', severity: 'error', code: 'recipe.not-yet', message };
}

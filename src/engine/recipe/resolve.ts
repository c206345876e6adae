import path from 'node:path';
import type { Model } from '../onnx/graph.ts';
import { findTarget, targets } from '../targets/index.ts';
import type { TargetLimits } from '../targets/limits.ts';
import { checkData, inferTask, resolveData } from './resolve-data.ts';
import { layerNames, layerPattern, nearestPattern } from './layers.ts';
import { suggestion } from './nearest.ts';
import { fillDefaults } from './defaults.ts';
import { recipeShape } from './schema.ts';
import { findStep } from './steps.ts';
import type { Issue, Path } from './check.ts';
import type { LayerOverride, Recipe, ResolvedRecipe, ResolvedStep, Settings } from './types.ts';

export interface ResolveRequest {
  /** Absolute folder where relative paths begin. */
  readonly folder: string;
  /** The recipe's file, absolute, when it has one. */
  readonly file?: string;
  /** Absolute folder of run folders when the recipe names none. */
  readonly runs: string;
  /** The recipe's model, at least scanned. Without it layer names and what the model says of its input stay unchecked. */
  readonly model?: Model;
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
  const steps = (recipe.steps ?? []).map((entry, index) => resolveStep(entry, index, target, layers, request, issues));
  const task = recipe.task ?? inferTask(data);
  issues.push(...checkData(recipe, data, task, steps, request));
  if (issues.some((issue) => issue.severity === 'error')) return { issues };
  const output = fillDefaults(shape['output']!, recipe.output ?? {}) as { folder?: string; formats: string[]; name: string };
  const model = path.resolve(request.folder, recipe.model);
  const resolved: ResolvedRecipe = {
    version: 1,
    ...(request.file ? { file: request.file } : {}),
    folder: request.folder,
    name: nameOf(request.file ?? model),
    model,
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
  entry: Record<string, Settings>,
  index: number,
  target: TargetLimits,
  layers: ReadonlyMap<string, LayerOverride>,
  request: ResolveRequest,
  issues: Issue[],
): ResolvedStep {
  const [name = '', written = {}] = Object.entries(entry)[0] ?? [];
  const step = findStep(name);
  const limits = target.settings[name] ?? {};
  const fromTarget: Settings = {};
  for (const [key, limit] of Object.entries(limits)) {
    if (written[key] !== undefined) checkLimit(target, name, key, written[key], ['steps', index, name, key], issues);
    else if (limit.default !== undefined) fromTarget[key] = limit.default;
    if (step && limit.allowed && !Object.hasOwn(step.parameters.properties, key)) issues.push(beyondThisVersion(target, name, key, index));
  }
  const settings = step ? (fillDefaults(step.parameters, { ...fromTarget, ...written }) as Settings) : written;
  const known = step?.parameters.properties ?? {};
  const flags = request.flags?.get(index);
  const overrides: [string, LayerOverride][] = [];
  for (const [layer, override] of layers) {
    const mine = Object.entries(override).filter(([key]) => key === name || (Object.hasOwn(known, key) && !flags?.has(key)));
    if (mine.length) overrides.push([layer, Object.fromEntries(mine)]);
  }
  return { step: name, index, settings, layers: Object.fromEntries(overrides) };
}

/** The target insists on something that the step can't do yet. */
function beyondThisVersion(target: TargetLimits, step: string, key: string, index: number): Issue {
  const limit = target.settings[step]?.[key];
  const wanted = `${key}: ${limit?.allowed?.map(String).join(' or ')}`;
  const message = `this version of Lathe cannot ${step} for ${target.name} yet: it needs ${wanted}${limit?.reason ? ` (${limit.reason})` : ''}`;
  return { path: ['steps', index, step], at: 'key', severity: 'error', code: 'recipe.not-yet', message };
}

function checkLimit(target: TargetLimits, step: string, key: string, value: unknown, at: Path, issues: Issue[]): void {
  const limit = target.settings[step]?.[key];
  if (!limit?.allowed || limit.allowed.includes(value)) return;
  const only = limit.allowed.map(String).join(' or ');
  const message = `${target.name} takes only ${key}: ${only}, not ${String(value)}${limit.reason ? `: ${limit.reason}` : ''}`;
  issues.push({
    path: at,
    at: 'value',
    severity: 'error',
    code: 'recipe.target-limit',
    message,
    ...(limit.allowed.length === 1 ? { fix: String(limit.allowed[0]) } : {}),
  });
}

/** By layer name: the entries of `layers` that match it, later ones over earlier ones. */
function resolveLayers(recipe: Recipe, request: ResolveRequest, target: TargetLimits, issues: Issue[]): Map<string, LayerOverride> {
  const found = new Map<string, LayerOverride>();
  const used = new Set((recipe.steps ?? []).flatMap((entry) => Object.keys(entry)));
  const names = request.model ? layerNames(request.model) : undefined;
  const layers = recipe.layers ?? {};
  // Keys that were set over the text are in the object only.
  for (const pattern of new Set([...(request.layerOrder ?? []), ...Object.keys(layers)])) {
    const override = layers[pattern];
    if (!override) continue;
    for (const [key, value] of Object.entries(override)) {
      const at: Path = ['layers', pattern, key];
      for (const step of used) if (value !== false || key !== step) checkLimit(target, step, key, value, at, issues);
      if (![...used].some((step) => step === key || Object.hasOwn(findStep(step)?.parameters.properties ?? {}, key))) {
        const message = `no step of this recipe uses ${JSON.stringify(key)}`;
        issues.push({ path: at, at: 'key', severity: 'warning', code: 'recipe.unused', message });
      }
    }
    if (!names) continue;
    const matches = names.filter(layerPattern(pattern));
    if (matches.length === 0) issues.push(nothingMatches(pattern, names));
    for (const name of matches) found.set(name, { ...found.get(name), ...override });
  }
  return found;
}

function nothingMatches(pattern: string, names: readonly string[]): Issue {
  const near = nearestPattern(pattern, names);
  const hint =
    near === undefined
      ? `; the model's layers are named like ${names
          .slice(0, 3)
          .map((name) => JSON.stringify(name))
          .join(', ')}`
      : '';
  return {
    path: ['layers', pattern],
    at: 'key',
    severity: 'error',
    code: 'recipe.layer',
    message: `${JSON.stringify(pattern)} matches no layer of the model${suggestion(near)}${names.length ? hint : ''}`,
    ...(near === undefined ? {} : { fix: JSON.stringify(near) }),
  };
}

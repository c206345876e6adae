import type { TargetLimits } from '../targets/limits.ts';
import type { Issue, Path } from './check.ts';
import { layerNames, layerPattern, nearestPattern } from './layers.ts';
import { splitPattern } from './models.ts';
import { suggestion } from './nearest.ts';
import type { ResolveRequest } from './resolve.ts';
import { findStep } from './steps.ts';
import type { LayerOverride, Recipe } from './types.ts';

export function checkLimit(target: TargetLimits, step: string, key: string, value: unknown, at: Path, issues: Issue[]): void {
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

/** What `layers` says of each layer, by the alias of its model ("" in a recipe of one model) and its name. */
export type LayersByModel = ReadonlyMap<string, ReadonlyMap<string, LayerOverride>>;

/** The entries of `layers` that match each layer, later ones over earlier ones. `alias:` before a pattern means that model only. */
export function resolveLayers(recipe: Recipe, request: ResolveRequest, target: TargetLimits, issues: Issue[]): LayersByModel {
  const names = namesByModel(recipe, request);
  const found = new Map([...names.keys()].map((alias) => [alias, new Map<string, LayerOverride>()]));
  const layers = recipe.layers ?? {};
  // Keys that were set over the text are in the object only.
  for (const written of new Set([...(request.layerOrder ?? []), ...Object.keys(layers)])) {
    const override = layers[written];
    if (!override) continue;
    checkOverride(recipe, target, written, override, issues);
    const { alias, pattern } = splitPattern(written, Object.keys(recipe.models ?? {}));
    const among = [...names].filter(([model]) => alias === undefined || alias === model);
    const matches = layerPattern(pattern);
    let any = false;
    for (const [model, all] of among) {
      const known = found.get(model)!;
      for (const name of all.filter(matches)) {
        any = true;
        known.set(name, { ...known.get(name), ...override });
      }
    }
    if (!any && among.length)
      issues.push(
        nothingMatches(
          written,
          pattern,
          among.flatMap(([, all]) => all),
        ),
      );
  }
  return found;
}

/** Of the models that could be read. */
function namesByModel({ models }: Recipe, request: ResolveRequest): Map<string, string[]> {
  const read = models ? [...(request.models ?? [])] : request.model ? [['', request.model] as const] : [];
  return new Map(read.map(([alias, model]) => [alias, layerNames(model)]));
}

function checkOverride(recipe: Recipe, target: TargetLimits, pattern: string, override: LayerOverride, issues: Issue[]): void {
  const used = new Set((recipe.steps ?? []).flatMap((entry) => Object.keys(entry)));
  for (const [key, value] of Object.entries(override)) {
    const at: Path = ['layers', pattern, key];
    for (const step of used) if (value !== false || key !== step) checkLimit(target, step, key, value, at, issues);
    if (![...used].some((step) => step === key || Object.hasOwn(findStep(step)?.parameters.properties ?? {}, key))) {
      const message = `no step of this recipe uses ${JSON.stringify(key)}`;
      issues.push({ path: at, at: 'key', severity: 'warning', code: 'recipe.unused', message });
    }
  }
}

function nothingMatches(written: string, pattern: string, names: readonly string[]): Issue {
  const near = nearestPattern(pattern, names);
  const hint =
    near === undefined
      ? `; the model's layers are named like ${names
          .slice(0, 3)
          .map((name) => JSON.stringify(name))
          .join(', ')}`
      : '';
  const fix = near === undefined ? {} : { fix: JSON.stringify(written.slice(0, written.length - pattern.length) + near) };
  const message = `${JSON.stringify(written)} matches no layer of the model${suggestion(near)}${names.length ? hint : ''}`;
  return { path: ['layers', written], at: 'key', severity: 'error', code: 'recipe.layer', message, ...fix };
}

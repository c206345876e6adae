import path from 'node:path';
import { canonicalJson } from '../base/json.ts';
import { findTarget } from '../targets/index.ts';
import { compileSettings, deployEntry, type DeployEntry } from '../targets/deploy-settings.ts';
import { writtenChain } from './chain.ts';
import { fillDefaults } from './defaults.ts';
import { movedRecipe } from './moved.ts';
import { recipeShape } from './schema.ts';
import { findStep } from './steps.ts';
import { dataUses, type Recipe, type RecipeModel, type ResolvedRecipe, type ResolvedStep, type Settings } from './types.ts';
import { writtenLayers, writtenStep } from './written.ts';

/**
 * What a person would have written to get this resolved recipe: without what defaults and the target say anyway, paths relative to `folder`
 * (absolute), where the text will lie. Resolved there, with run folders going into `runs` by default, it gives the same again.
 */
export function recipeOfRun(resolved: ResolvedRecipe, folder: string, runs: string): Recipe {
  const { model, models, chain, target, task, seed, data, gate, output, deploy } = resolved;
  const { validation, ...sources } = data;
  const layers = writtenLayers(resolved);
  const usual = fillDefaults(recipeShape().properties['output']!, {}) as ResolvedRecipe['output'];
  const place = {
    ...(output.folder === runs ? {} : { folder: output.folder }),
    ...(canonicalJson(output.formats) === canonicalJson(usual.formats) ? {} : { formats: [...output.formats] }),
    ...(output.name === usual.name ? {} : { name: output.name }),
  };
  const recipe: Recipe = {
    version: 1,
    ...(models ? writtenChain({ models: writtenModels(models, seed), chain }) : { model: model! }),
    target,
    task,
    seed,
    data: {
      ...sources,
      ...(validation ? { validation: validation.kind === 'path' ? validation.source : { fraction: validation.fraction } } : {}),
    },
    steps: resolved.steps.map((step) => writtenStep(step.step, step.on, withoutDefaults(step, target))),
    ...(Object.keys(layers).length ? { layers } : {}),
    ...(gate ? { gate } : {}),
    ...(Object.keys(place).length ? { output: place } : {}),
    ...(deploy ? { deploy: deploy.map(writtenEntry) } : {}),
  };
  return relativeTo(folder, movedRecipe(recipe, resolved.folder, folder));
}

/** Absolute paths begin at `folder`, with forward slashes; what has no relative path (another drive) stays. */
function relativeTo(folder: string, recipe: Recipe): Recipe {
  const from = (file: string): string => {
    const relative = path.relative(folder, file);
    return (path.isAbsolute(relative) ? file : relative || '.').split(path.sep).join('/');
  };
  const { data, output } = recipe;
  for (const use of dataUses) {
    const source = data?.[use];
    if (source && 'path' in source) source.path = from(source.path);
  }
  if (output?.folder !== undefined) output.folder = from(output.folder);
  for (const entry of Object.values(recipe.models ?? {})) if ('model' in entry) entry.model = from(entry.model);
  return recipe.model === undefined ? recipe : { ...recipe, model: from(recipe.model) };
}

/** An entry of `deploy` without what it would have anyway. */
function writtenEntry(entry: DeployEntry): DeployEntry {
  const trimmed = (value: Record<string, unknown>, usual: unknown): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value).filter(([key, one]) => canonicalJson(one) !== canonicalJson((usual as Record<string, unknown>)[key])),
    );
  const compile = trimmed(entry.compile ?? {}, fillDefaults(compileSettings, {}));
  const { compile: _, ...rest } = trimmed(entry, fillDefaults(deployEntry, {}));
  return { ...rest, ...(Object.keys(compile).length ? { compile } : {}) } as DeployEntry;
}

/** New models without what they would have anyway. */
function writtenModels(models: NonNullable<ResolvedRecipe['models']>, seed: number): Record<string, RecipeModel> {
  const usual: Record<string, unknown> = { seed, width: 1 };
  const entries = Object.entries(models).map(([alias, entry]): [string, RecipeModel] => {
    const told = Object.entries(entry).filter(([key, value]) => value !== usual[key]);
    return [alias, Object.fromEntries(told) as RecipeModel];
  });
  return Object.fromEntries(entries);
}

function withoutDefaults({ step, settings }: ResolvedStep, target: string): Settings {
  const declared = findStep(step);
  if (!declared) return settings;
  const limits = Object.entries(findTarget(target)?.settings[step] ?? {});
  const fromTarget = Object.fromEntries(limits.flatMap(([key, limit]) => (limit.default === undefined ? [] : [[key, limit.default]])));
  const usual = fillDefaults(declared.parameters, fromTarget) as Settings;
  // Widths are said even where they are the usual ones: they are what is changed first.
  const told = Object.entries(settings).filter(
    ([key, value]) => declared.parameters.properties[key]?.['unit'] === 'bits' || canonicalJson(value) !== canonicalJson(usual[key]),
  );
  return Object.fromEntries(told);
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { withModelPaths } from './model-paths.ts';
import { findStep } from './steps.ts';
import { dataUses, type Recipe, type RecipeModel } from './types.ts';

/** The same recipe for a file in another folder: relative paths begin at `to` instead of `from`. With forward slashes, as recipes have them. */
export function movedRecipe(recipe: Recipe, from: string, to: string): Recipe {
  const moved = (file: string): string => {
    if (path.isAbsolute(file)) return file;
    return path.relative(to, path.resolve(from, file)).split(path.sep).join('/') || '.';
  };
  const data = structuredClone(recipe.data);
  for (const use of dataUses) {
    const source = data?.[use];
    if (!source || !('path' in source)) continue;
    source.path = moved(source.path);
    // A label file is looked for beside the recipe, then in the data's folder: only the first kind moves.
    if (source.labels !== undefined && source.labels !== 'folders' && existsSync(path.resolve(from, source.labels)))
      source.labels = moved(source.labels);
  }
  const folder = recipe.output?.folder;
  const output = folder === undefined ? recipe.output : { ...recipe.output, folder: moved(folder) };
  const entries = Object.entries(recipe.models ?? {}).map(([alias, entry]): [string, RecipeModel] => [
    alias,
    'model' in entry ? { ...entry, model: moved(entry.model) } : entry,
  ]);
  const models = recipe.model === undefined ? { models: Object.fromEntries(entries) } : { model: moved(recipe.model) };
  const aliases = Object.keys(recipe.models ?? {});
  const steps = recipe.steps?.map((entry) =>
    Object.fromEntries(Object.entries(entry).map(([name, settings]) => [name, withModelPaths(findStep(name), settings, aliases, moved)])),
  );
  return { ...recipe, ...models, ...(steps ? { steps } : {}), ...(data ? { data } : {}), ...(output ? { output } : {}) };
}

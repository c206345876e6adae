import { existsSync } from 'node:fs';
import path from 'node:path';
import { outlineOf } from '../architectures/make.ts';
import type { NewModelSettings } from '../architectures/settings.ts';
import { LatheError } from '../base/errors.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import type { Issue, Path } from './check.ts';
import { checkRecipe, inOrder, loadRecipe } from './load.ts';
import { modelFiles } from './model-paths.ts';
import { stepFlags } from './overrides.ts';
import { resolveRecipe, type ResolveRequest } from './resolve.ts';
import { findStep } from './steps.ts';
import { dataUses, type Problem, type Recipe, type ResolvedRecipe } from './types.ts';

export interface PrepareOptions {
  /** Absolute folder of run folders when the recipe names none. */
  readonly runs: string;
  /** See `ResolveRequest.for`. */
  readonly for: 'run' | 'validate';
}

export interface PreparedRecipe {
  /** Absent when there is at least one error. */
  readonly resolved?: ResolvedRecipe;
  /** The recipe's model, scanned, when it could be. */
  readonly model?: Model;
  /** Of a recipe of several models those that could be scanned, by alias; new ones without their weights. */
  readonly models?: ReadonlyMap<string, Model>;
  /** As written, with what was set over it; absent when it does not fit the schema. */
  readonly recipe?: Recipe;
}

/**
 * From a recipe's text to what a run needs: loads, scans the model it names, resolves. `file` is absolute, the problems name it as
 * `shownAs`. Throws nothing but what reading the model's file may throw for other reasons than its contents.
 */
export async function prepareRecipe(
  source: { text: string; file: string; shownAs?: string; overrides?: Readonly<Record<string, unknown>> },
  options: PrepareOptions,
): Promise<PreparedRecipe & { problems: Problem[] }> {
  const overrides = source.overrides ?? {};
  const loaded = loadRecipe(source.text, source.shownAs ?? source.file, overrides);
  if (!loaded.recipe) return { problems: loaded.problems };
  const { layerOrder } = loaded;
  const request = { folder: path.dirname(source.file), file: source.file, flags: stepFlags(overrides), layerOrder, ...options };
  const { issues, ...prepared } = await prepare(loaded.recipe, request);
  return { ...prepared, recipe: loaded.recipe, problems: inOrder([...loaded.problems, ...loaded.place(issues)]) };
}

/** The same for a recipe that a command or a dialog has put together: paths are relative to `folder`, mistakes have paths of keys. */
export async function prepareObject(
  value: Record<string, unknown>,
  options: PrepareOptions & { folder: string },
): Promise<PreparedRecipe & { issues: Issue[] }> {
  const { recipe, issues } = checkRecipe(value);
  return recipe ? { recipe, ...(await prepare(recipe, options)) } : { issues };
}

async function prepare(
  recipe: Recipe,
  request: PrepareOptions & Pick<ResolveRequest, 'folder' | 'file' | 'flags' | 'layerOrder'>,
): Promise<PreparedRecipe & { issues: Issue[] }> {
  const { issues: unreadable, ...found } = await scanAll(recipe, request);
  const { resolved, issues } = resolveRecipe(recipe, { ...request, ...found });
  const all = [...unreadable, ...missingFiles(recipe, request), ...issues];
  const failed = all.some((issue) => issue.severity === 'error');
  return { ...found, ...(failed || !resolved ? {} : { resolved }), issues: all };
}

type Scanned = Pick<PreparedRecipe, 'model' | 'models'> & { issues: Issue[] };

/** The recipe's model or models; what can't be read is in `issues`. */
async function scanAll(recipe: Recipe, { folder, file }: Pick<ResolveRequest, 'folder' | 'file'>): Promise<Scanned> {
  if (recipe.model !== undefined) return scan(path.resolve(folder, recipe.model), file === undefined ? '' : recipe.model, ['model']);
  const models = new Map<string, Model>();
  const issues: Issue[] = [];
  for (const [alias, entry] of Object.entries(recipe.models ?? {})) {
    const at = ['models', alias, 'model' in entry ? 'model' : 'new'];
    const { model, issues: wrong } = 'model' in entry ? await scan(path.resolve(folder, entry.model), entry.model, at) : outline(entry, at);
    issues.push(...wrong);
    if (model) models.set(alias, model);
  }
  return { models, issues };
}

/** What stands in the way of a new model, and what its maker warns of. */
function outline(settings: NewModelSettings, at: Path): { model?: Model; issues: Issue[] } {
  try {
    const { model, warnings } = outlineOf(settings);
    return {
      model,
      issues: warnings.map((message) => ({ path: at, at: 'value', severity: 'warning', code: 'architecture.stride', message })),
    };
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const { hint } = error.place;
    const message = hint ? `${error.message}. ${hint}` : error.message;
    return { issues: [{ path: at, at: 'value', severity: 'error', code: error.code, message }] };
  }
}

/** `shownAs`: how the recipe names the model; "" where the model is all there is. */
async function scan(file: string, shownAs: string, at: Path): Promise<{ model?: Model; issues: Issue[] }> {
  try {
    return { model: await scanModel(file), issues: [] };
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const { node, offset } = error.place;
    const where = `${offset === undefined ? '' : ` (byte ${offset})`}${node === undefined ? '' : ` (node ${JSON.stringify(node)})`}`;
    const message = shownAs || where ? `${`${shownAs}${where}`.trim()}: ${error.message}` : error.message;
    return { issues: [{ path: at, at: 'value', severity: 'error', code: error.code, message }] };
  }
}

function missingFiles(recipe: Recipe, request: PrepareOptions & { folder: string }): Issue[] {
  const pictures = dataUses.flatMap((use): [Path, string][] => {
    const source = recipe.data?.[use];
    return source && 'path' in source ? [[['data', use, 'path'], source.path]] : [];
  });
  const aliases = Object.keys(recipe.models ?? {});
  const models = (recipe.steps ?? []).flatMap((entry, index) =>
    Object.entries(entry).flatMap(([name, settings]) =>
      modelFiles(findStep(name), settings, aliases).map(([key, file]): [Path, string] => [['steps', index, name, key], file]),
    ),
  );
  return [...pictures, ...models].flatMap(([at, file]): Issue[] => {
    if (existsSync(path.resolve(request.folder, file))) return [];
    const severity = request.for === 'run' ? 'error' : 'warning';
    const message = `there is no ${JSON.stringify(file)} in ${request.folder}`;
    return [{ path: at, at: 'value', severity, code: 'recipe.no-such-path', message }];
  });
}

/** The resolved recipe, or the first error as LatheError `recipe.invalid` with its place. */
export function requireResolved(prepared: PreparedRecipe & { problems: readonly Problem[] }): ResolvedRecipe {
  if (prepared.resolved) return prepared.resolved;
  const errors = prepared.problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more; \`lathe validate\` lists all)` : '';
  throw new LatheError('recipe.invalid', `${first?.message ?? 'the recipe is invalid'}${more}`, {
    file: first?.file,
    line: first?.line,
    column: first?.column,
  });
}

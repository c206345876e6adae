import { readdirSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../base/errors.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import { previewOf } from '../prune/preview.ts';
import type { PruningProfile } from '../../protocol/pruning.ts';
import type { Issue } from './check.ts';
import { dataFacts } from './facts/data.ts';
import { modelFacts } from './facts/model.ts';
import type { DataFacts, Known, ModelFacts } from './facts/types.ts';
import { checkRecipe, hasErrors, inOrder, isUnreadable, problemsOf, readRecipe } from './load.ts';
import { modelFiles } from './model-paths.ts';
import { networkFacts } from './networks.ts';
import { stepFlags } from './overrides.ts';
import { resolveRecipe, type ResolveRequest } from './resolve.ts';
import { findStep } from './steps.ts';
import { parseRecipeText } from './text.ts';
import { dataUses, type Problem, type Recipe, type ResolvedRecipe } from './types.ts';
import type { World } from './world.ts';

export interface PrepareOptions {
  /** Absolute folder of run folders when the recipe names none. */
  readonly runs: string;
  /** See `ResolveRequest.for`. */
  readonly for: 'run' | 'validate';
  /** Main memory of the machine in bytes; absent: nothing is said of what does not fit. */
  readonly memory?: number;
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
 * From a recipe's text to what a run needs: reads it, scans the model it names, resolves. `file` is absolute, the problems name it as
 * `shownAs`. Throws nothing but what reading the model's file may throw for other reasons than its contents.
 */
export async function prepareRecipe(
  source: { text: string; file: string; shownAs?: string; overrides?: Readonly<Record<string, unknown>> },
  options: PrepareOptions,
): Promise<PreparedRecipe & { problems: Problem[] }> {
  const { text, file, shownAs = file, overrides = {} } = source;
  const tree = parseRecipeText(text, shownAs, overrides);
  if (isUnreadable(tree)) return { problems: tree.problems };
  const { recipe, layerOrder, issues: wrong } = readRecipe(tree);
  const request = { folder: path.dirname(file), file, flags: stepFlags(overrides), layerOrder, ...options };
  const { issues, resolved, ...found } = await prepare(recipe, { ...request, issues: wrong, incomplete: tree.problems.length > 0 });
  const problems = inOrder([...tree.problems, ...problemsOf([...wrong, ...issues], shownAs, tree)]);
  const fits = !hasErrors(tree.problems) && !hasErrors(wrong);
  return { ...found, ...(fits ? { recipe, ...(resolved ? { resolved } : {}) } : {}), problems };
}

/** The same for a recipe that a command or a dialog has put together: paths are relative to `folder`, mistakes have paths of keys. */
export async function prepareObject(
  value: Record<string, unknown>,
  options: PrepareOptions & { folder: string },
): Promise<PreparedRecipe & { issues: Issue[] }> {
  const { recipe, issues } = checkRecipe(value);
  return recipe ? { recipe, ...(await prepare(recipe, options)) } : { issues };
}

type Request = PrepareOptions & Omit<ResolveRequest, 'world'>;

async function prepare(recipe: Recipe, request: Request): Promise<PreparedRecipe & { issues: Issue[] }> {
  const models = new Map<string, Model>();
  const world = await lookAround(recipe, request.folder, request.file === undefined, models);
  const { resolved, issues } = resolveRecipe(recipe, { ...request, world: { ...world, memory: request.memory } });
  const named = Object.entries(recipe.models ?? {}).flatMap(([alias, entry]): [string, Model][] => {
    const model = 'model' in entry ? models.get(path.resolve(request.folder, entry.model)) : networkFacts(entry).model;
    return model ? [[alias, model]] : [];
  });
  const model = recipe.model === undefined ? undefined : models.get(path.resolve(request.folder, recipe.model));
  const found = recipe.models ? { models: new Map(named) } : model ? { model } : {};
  return { ...found, ...(resolved ? { resolved } : {}), issues };
}

/** Reads what a recipe's checks ask for. The models it works on are put into `models` by their files. */
async function lookAround(recipe: Recipe, folder: string, isModelAlone: boolean, models: Map<string, Model>): Promise<World> {
  const seen = new Map<string, Known<ModelFacts>>();
  const look = async (written: string): Promise<void> => {
    const file = path.resolve(folder, written);
    if (!seen.has(file)) seen.set(file, await known(() => scanned(file, models), isModelAlone ? '' : written));
  };
  for (const entry of [recipe, ...Object.values(recipe.models ?? {})])
    if ('model' in entry && entry.model !== undefined) await look(entry.model);
  const aliases = Object.keys(recipe.models ?? {});
  for (const entry of recipe.steps ?? []) {
    for (const [name, settings] of Object.entries(entry)) {
      for (const [, file] of modelFiles(findStep(name), settings, aliases)) await look(file);
    }
  }
  // The dearest to find out, and only rules on pruning ask for it.
  const profiles = new Map<string, Known<PruningProfile>>();
  const sources = new Map<string, Known<DataFacts>>();
  for (const use of dataUses) {
    const source = recipe.data?.[use];
    if (!source || !('path' in source)) continue;
    const place = { path: path.resolve(folder, source.path), folder, ...(source.labels === undefined ? {} : { labels: source.labels }) };
    sources.set(placeKey(place.path, source.labels), await known(() => dataFacts(place), ''));
  }
  return {
    model: (file) => seen.get(file) ?? { state: 'reading' },
    data: (place, labels) => sources.get(placeKey(place, labels)) ?? { state: 'reading' },
    pruning: (file) => {
      const facts = seen.get(file);
      if (facts?.state !== 'known') return facts ?? { state: 'reading' };
      const found = profiles.get(file) ?? profileOf(models.get(file)!);
      profiles.set(file, found);
      return found;
    },
    folder: namesIn,
  };
}

const placeKey = (place: string, labels: string | undefined): string => JSON.stringify([place, labels]);

async function scanned(file: string, models: Map<string, Model>): Promise<ModelFacts> {
  const model = await scanModel(file);
  models.set(file, model);
  return modelFacts(model, { file, bytes: 0 });
}

/** What widths of its channel groups cost. */
function profileOf(model: Model): Known<PruningProfile> {
  try {
    return { state: 'known', value: previewOf(model).profile };
  } catch (error) {
    return problemOf(error, '');
  }
}

/** What is read, or why it can't be. `shownAs`: how the recipe names it; "" where its place says that. */
async function known<T>(read: () => Promise<T>, shownAs: string): Promise<Known<T>> {
  try {
    return { state: 'known', value: await read() };
  } catch (error) {
    return problemOf(error, shownAs);
  }
}

function problemOf(error: unknown, shownAs: string): Known<never> {
  if (!(error instanceof LatheError)) throw error;
  const { node, offset } = error.place;
  const where = `${offset === undefined ? '' : ` (byte ${offset})`}${node === undefined ? '' : ` (node ${JSON.stringify(node)})`}`;
  const message = shownAs || where ? `${`${shownAs}${where}`.trim()}: ${error.message}` : error.message;
  return { state: 'problem', code: error.code, message };
}

function namesIn(folder: string): Known<readonly string[]> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return { state: 'known', value: entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort() };
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    return { state: 'problem', code: `folder.${code.toLowerCase()}`, message };
  }
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

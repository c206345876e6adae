import { existsSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../base/errors.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import type { Issue } from './check.ts';
import { checkRecipe, inOrder, loadRecipe } from './load.ts';
import { stepFlags } from './overrides.ts';
import { resolveRecipe, type ResolveRequest } from './resolve.ts';
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
  const scanned = await scan(path.resolve(request.folder, recipe.model), request.file === undefined ? '' : recipe.model);
  const { resolved, issues } = resolveRecipe(recipe, { ...request, model: scanned.model });
  const all = [...scanned.issues, ...missingFiles(recipe, request), ...issues];
  const failed = all.some((issue) => issue.severity === 'error');
  return { ...(scanned.model ? { model: scanned.model } : {}), ...(failed || !resolved ? {} : { resolved }), issues: all };
}

/** `shownAs`: how the recipe names the model; "" where the model is all there is. */
async function scan(file: string, shownAs: string): Promise<{ model?: Model; issues: Issue[] }> {
  try {
    return { model: await scanModel(file), issues: [] };
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const { node, offset } = error.place;
    const where = `${offset === undefined ? '' : ` (byte ${offset})`}${node === undefined ? '' : ` (node ${JSON.stringify(node)})`}`;
    const message = shownAs || where ? `${`${shownAs}${where}`.trim()}: ${error.message}` : error.message;
    return { issues: [{ path: ['model'], at: 'value', severity: 'error', code: error.code, message }] };
  }
}

function missingFiles(recipe: Recipe, request: PrepareOptions & { folder: string }): Issue[] {
  return dataUses.flatMap((use): Issue[] => {
    const source = recipe.data?.[use];
    if (!source || !('path' in source) || existsSync(path.resolve(request.folder, source.path))) return [];
    const severity = request.for === 'run' ? 'error' : 'warning';
    const message = `there is no ${JSON.stringify(source.path)} in ${request.folder}`;
    return [{ path: ['data', use, 'path'], at: 'value', severity, code: 'recipe.no-such-path', message }];
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

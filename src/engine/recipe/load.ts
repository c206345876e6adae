import type { TObject } from '@sinclair/typebox';
import { Document, isMap } from 'yaml';
import { Checker, type Issue, type Severity } from './check.ts';
import { pairsOf } from './layer-entries.ts';
import { checkModels } from './models.ts';
import { recipeShape } from './schema.ts';
import { parseRecipeText, type RecipeText } from './text.ts';
import type { Problem, Recipe } from './types.ts';

/** What a recipe's text says, as far as it can be read. */
export interface ReadRecipe {
  /** What fits the schema. A step that does not is an empty map in its place; what lacks a part of it is left out. */
  readonly recipe: Recipe;
  /** Keys of `layers` as they stand in the text: later ones win, and an object does not keep the order of names such as "12". */
  readonly layerOrder: readonly string[];
  /** What does not fit. */
  readonly issues: Issue[];
}

export interface LoadedRecipe extends Pick<ReadRecipe, 'layerOrder'> {
  /** Absent when there is at least one error. */
  readonly recipe?: Recipe;
  readonly problems: Problem[];
}

/**
 * Reads a recipe's text (YAML or JSON). Never throws: everything that is wrong, several things at once, is in `problems`, in the order
 * of the text. `file` is only named in them; `overrides` are set over the text.
 */
export function loadRecipe(text: string, file: string, overrides: Readonly<Record<string, unknown>> = {}): LoadedRecipe {
  const tree = parseRecipeText(text, file, overrides);
  const { recipe, layerOrder, issues } = readRecipe(tree);
  const problems = inOrder([...tree.problems, ...problemsOf(issues, file, tree)]);
  return hasErrors(problems) ? { layerOrder, problems } : { recipe, layerOrder, problems };
}

/** The same of a text that was parsed before; syntax errors are in `tree.problems`. */
export function readRecipe(tree: RecipeText, shape: TObject = recipeShape()): ReadRecipe {
  if (isUnreadable(tree)) return { recipe: { version: 1 }, layerOrder: [], issues: [] };
  const { contents, anchors } = tree;
  const checker = new Checker(anchors);
  const value = checker.check(contents, shape, []);
  const found = [...checker.issues, ...checkModels(rootOf(tree), contents === null ? [] : checker.issues)];
  const issues = contents === null ? found.filter((issue) => issue.code !== 'recipe.type') : found;
  const recipe = typeof value === 'object' && value !== null ? (value as Recipe) : { version: 1 as const };
  return { recipe, layerOrder: layerKeys(tree), issues: issues.map((issue) => explain(issue, tree)) };
}

/** Whether nothing of a text was read: it is too large, too deep, or no recipe at all. */
export const isUnreadable = (tree: RecipeText): boolean => tree.problems.some(({ code }) => code !== 'recipe.syntax');

export const hasErrors = (found: readonly { readonly severity: Severity }[]): boolean => found.some(({ severity }) => severity === 'error');

/** Checks a recipe that never was a text (a command's options). Its mistakes have paths, not places. */
export function checkRecipe(value: Record<string, unknown>): { recipe?: Recipe; issues: Issue[] } {
  const checker = new Checker(new Map());
  const recipe = checker.check(new Document(value).contents, recipeShape(), []) as Recipe;
  const issues = [...checker.issues, ...checkModels(value, checker.issues)];
  return hasErrors(issues) ? { issues } : { recipe, issues };
}

/** What stands at the root, and the names in `models`. */
function rootOf({ contents, anchors }: RecipeText): Record<string, unknown> {
  const pairs = isMap(contents) ? pairsOf(contents, anchors) : [];
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, isMap(value) ? Object.fromEntries(pairsOf(value, anchors).map((pair) => [pair.key, true])) : true]),
  );
}

function layerKeys({ contents, anchors }: RecipeText): string[] {
  const layers = isMap(contents) ? pairsOf(contents, anchors).find(({ key }) => key === 'layers')?.value : undefined;
  return isMap(layers) ? pairsOf(layers, anchors).map(({ key }) => key) : [];
}

/** Words for mistakes at places that deserve better than the schema's. */
function explain(issue: Issue, { contents }: RecipeText): Issue {
  if (issue.path.length !== 1 || issue.path[0] !== 'version' || issue.at !== 'value') return issue;
  const written: unknown = isMap(contents) ? contents.get('version') : undefined;
  const newer = typeof written === 'number' && written > 1;
  const message = newer
    ? `this recipe is of version ${written}, and this version of Lathe reads version 1: a newer Lathe made it`
    : 'this version of Lathe reads recipes of version 1';
  return { ...issue, code: 'recipe.version', message, fix: '1' };
}

export function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Issues with their places in the text. */
export const problemsOf = (issues: readonly Issue[], file: string, tree: RecipeText): Problem[] =>
  issues.map((issue) => {
    const { path, at, severity, code, message, related } = issue;
    const word = wordFor(issue, tree);
    return {
      file,
      ...tree.locate(path, at),
      severity,
      code,
      message,
      ...(word === undefined ? {} : { fix: word }),
      ...(related ? { related: related.map((spot) => ({ ...tree.locate(spot.path, spot.at), message: spot.message })) } : {}),
    };
  });

/** What should stand at the place of an issue instead, as text; undefined where no one word would do. */
export const wordFor = ({ fix, path, at }: Issue, tree: RecipeText): string | undefined =>
  fix === undefined ? undefined : asWritten(fix, tree.quoteAt(path, at));

/** A word keeps the quotes of the one it stands for: in JSON it needs them. Numbers and true/false are never quoted. */
function asWritten(fix: string, quote: string): string {
  return quote === '' || fix.startsWith('"') || /^(\d+|true|false)$/.test(fix) ? fix : quote + fix + quote;
}

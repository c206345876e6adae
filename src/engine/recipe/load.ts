import { Document, isMap } from 'yaml';
import { Checker, type Issue } from './check.ts';
import { pairsOf } from './layer-entries.ts';
import { checkModels } from './models.ts';
import { plannedName } from './planned.ts';
import { recipeShape } from './schema.ts';
import { parseRecipeText, type RecipeText } from './text.ts';
import type { Problem, Recipe } from './types.ts';

export interface LoadedRecipe {
  /** Absent when there is at least one error. */
  readonly recipe?: Recipe;
  /** Keys of `layers` as they stand in the text: later ones win, and an object does not keep the order of names such as "12". */
  readonly layerOrder: readonly string[];
  readonly problems: Problem[];
  /** Turns what later checks find (`resolveRecipe`) into problems with a position. */
  place(issues: readonly Issue[]): Problem[];
}

/**
 * Reads a recipe's text (YAML or JSON). Never throws: everything that is wrong, several things at once, is in `problems`, in the order
 * of the text. `file` is only named in them; `overrides` are set over the text.
 */
export function loadRecipe(text: string, file: string, overrides: Readonly<Record<string, unknown>> = {}): LoadedRecipe {
  const parsed = parseRecipeText(text, file, overrides);
  const place = (issues: readonly Issue[]): Problem[] => issues.map((issue) => toProblem(issue, file, parsed));
  if (parsed.problems.some((problem) => problem.code !== 'recipe.syntax')) return { layerOrder: [], problems: parsed.problems, place };
  const checker = new Checker(parsed.anchors, plannedName);
  const value = checker.check(parsed.contents, recipeShape(), []);
  const found = [...checker.issues, ...checkModels(rootOf(parsed), parsed.contents === null ? [] : checker.issues)];
  const issues = parsed.contents === null ? found.filter((issue) => issue.code !== 'recipe.type') : found;
  const problems = inOrder([...parsed.problems, ...place(issues.map(explain))]);
  const layerOrder = layerKeys(parsed);
  return problems.length ? { layerOrder, problems, place } : { recipe: value as Recipe, layerOrder, problems, place };
}

/** Checks a recipe that never was a text (a command's options). Its mistakes have paths, not places. */
export function checkRecipe(value: Record<string, unknown>): { recipe?: Recipe; issues: Issue[] } {
  const checker = new Checker(new Map(), plannedName);
  const recipe = checker.check(new Document(value).contents, recipeShape(), []) as Recipe;
  const issues = [...checker.issues, ...checkModels(value, checker.issues)];
  return issues.length ? { issues } : { recipe, issues };
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
function explain(issue: Issue): Issue {
  const [key] = issue.path;
  if (key === 'version' && issue.path.length === 1 && issue.at === 'value') {
    return { ...issue, code: 'recipe.version', message: 'this version of Lathe reads recipes of version 1', fix: '1' };
  }
  return issue;
}

export function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function toProblem(issue: Issue, file: string, text: RecipeText): Problem {
  const { path, at, severity, code, message, fix } = issue;
  const problem = { file, ...text.locate(path, at), severity, code, message };
  return fix === undefined ? problem : { ...problem, fix: asWritten(fix, text.quoteAt(path, at)) };
}

/** A word keeps the quotes of the one it stands for: in JSON it needs them. Numbers and true/false are never quoted. */
function asWritten(fix: string, quote: string): string {
  return quote === '' || fix.startsWith('"') || /^(\d+|true|false)$/.test(fix) ? fix : quote + fix + quote;
}

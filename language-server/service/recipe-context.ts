import path from 'node:path';
import { readRecipe, type ReadRecipe } from '../../src/engine/recipe/load.ts';
import { ruleContext } from '../../src/engine/recipe/rules/context.ts';
import type { RuleContext } from '../../src/engine/recipe/rules/rule.ts';
import type { RecipeText } from '../../src/engine/recipe/text.ts';
import { emptyFacts } from './facts.ts';
import type { Request } from './feature.ts';

const read = new WeakMap<RecipeText, ReadRecipe>();

/** A recipe as far as it can be read, with defaults filled in and layers found in the models that are known. The text is read once a version. */
export function recipeContext({ document: { tree, file }, facts }: Request): RuleContext {
  let found = read.get(tree);
  if (!found) read.set(tree, (found = readRecipe(tree)));
  const place = file === undefined ? { folder: path.sep, world: emptyFacts } : { folder: path.dirname(file), world: facts };
  const { recipe, layerOrder, issues } = found;
  return ruleContext(recipe, { ...place, layerOrder, issues, incomplete: tree.problems.length > 0, for: 'validate' });
}

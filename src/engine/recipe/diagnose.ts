import type { Issue } from './check.ts';
import { isUnreadable, readRecipe } from './load.ts';
import { ruleContext } from './rules/context.ts';
import { checkRules } from './rules/index.ts';
import type { RecipeText } from './text.ts';
import type { World } from './world.ts';

/** A tenth of a second. What was compared is known the next time, so that of any number of patterns all are checked after some keystrokes. */
const mostComparisons = 1_500_000;

/**
 * All that is wrong with a recipe but its syntax (`tree.problems`): keys and values against the schema, and what they mean. A mistake in one
 * place does not hide another. Reads no file; what the world does not know yet is passed over.
 */
export function diagnose(tree: RecipeText, folder: string, world: World): Issue[] {
  if (isUnreadable(tree)) return [];
  const { recipe, layerOrder, issues } = readRecipe(tree);
  const incomplete = tree.problems.length > 0;
  return [
    ...issues,
    ...checkRules(ruleContext(recipe, { folder, world, layerOrder, issues, incomplete, mostComparisons, for: 'validate' })),
  ];
}

import { readRecipe } from '../../engine/recipe/load.ts';
import { parseRecipeText } from '../../engine/recipe/text.ts';
import type { DeployEntry } from '../../engine/targets/deploy-settings.ts';
import { targets } from '../../engine/targets/index.ts';

/** An entry of `deploy:` as written, with its place and its target. */
export interface WrittenEntry {
  /** Position in `deploy:`. */
  readonly index: number;
  readonly entry: DeployEntry & { readonly target: string };
}

/** What a recipe says of boards. */
export interface RecipeBoards {
  /** Its own target and those of `deploy:`, each once. */
  readonly targets: readonly string[];
  readonly entries: readonly WrittenEntry[];
  readonly deploys: boolean;
}

/** Reads what a recipe says of boards, mistakes elsewhere aside; its models are not looked at. Undefined for what is no recipe. Never throws. */
export function boardsOf(text: string): RecipeBoards | undefined {
  const tree = parseRecipeText(text, '');
  if (tree.contents === null) return undefined;
  const { recipe } = readRecipe(tree);
  const target = typeof recipe.target === 'string' ? recipe.target : targets[0]!.name;
  const { deploy } = recipe;
  const written: readonly unknown[] = deploy === undefined ? [] : Array.isArray(deploy) ? deploy : [deploy];
  const entries = written.flatMap((one, index): WrittenEntry[] => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return [];
    const entry = one as DeployEntry;
    return [{ index, entry: { ...entry, target: typeof entry.target === 'string' ? entry.target : target } }];
  });
  return { targets: [...new Set([target, ...entries.map(({ entry }) => entry.target)])], entries, deploys: entries.length > 0 };
}

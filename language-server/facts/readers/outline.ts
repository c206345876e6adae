import { readFile, stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { recipeDocument } from '../../service/document.ts';
import { recipeSymbols, type RecipeSymbol } from '../../service/workspace-symbols.ts';
import type { JobOf } from '../jobs.ts';
import type { Found } from '../perform.ts';

/** What is longer is no recipe: the parser of recipes takes less. */
const largest = 2 ** 20;

/** The names in a recipe's file. */
export async function readOutline({ file }: JobOf<'outline'>): Promise<Found & { value: readonly RecipeSymbol[] }> {
  const text = (await stat(file)).size > largest ? '' : await readFile(file, 'utf8');
  return { value: recipeSymbols(recipeDocument(pathToFileURL(file).href, 0, text)) };
}

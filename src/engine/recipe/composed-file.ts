import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ResolvedRecipe } from './types.ts';

/** What a recipe or a model is called: `resnet20.compress.yaml` and `resnet20.onnx` are both "resnet20". */
export const recipeName = (file: string): string => path.basename(file).replace(/(\.compress)?\.(ya?ml|json|onnx)$/i, '') || 'run';

/** What a composed model says of itself, beside it. */
export const composedNote = 'chain.json';

/** As much of a recipe as says where its files lie. */
type Placed = Pick<ResolvedRecipe, 'file' | 'folder' | 'name'> & { readonly output: { readonly folder: string } };

/** The file that figures and views of a recipe are about: its model, or its chain as one; undefined for several models that stand alone. Absolute. */
export const modelFileOf = (recipe: Placed & Pick<ResolvedRecipe, 'model' | 'chain'>): string | undefined =>
  recipe.model ?? (recipe.chain ? composedFile(recipe) : undefined);

/**
 * Where the models of a recipe's chain lie as one: a file among what is kept beside run folders, the same for as long as the recipe has
 * its place, so that views and figures of the whole stay with it. Absolute.
 */
export function composedFile({ file, folder, name, output }: Placed): string {
  const place = createHash('sha256')
    .update(file ?? path.join(folder, name))
    .digest('hex')
    .slice(0, 12);
  // Recipes have been called after things that are no file names.
  const title = name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').slice(0, 100);
  return path.join(output.folder, '.cache', 'chains', place, `${title || 'chain'}.onnx`);
}

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ResolvedRecipe } from './types.ts';

/** What a recipe or a model is called: `resnet20.compress.yaml` and `resnet20.onnx` are both "resnet20". */
export const recipeName = (file: string): string => path.basename(file).replace(/(\.compress)?\.(ya?ml|json|onnx)$/i, '') || 'run';

/** What a composed model says of itself, beside it. */
export const composedNote = 'chain.json';

/**
 * Where the models of a recipe's chain lie as one: a file among what is kept beside run folders, the same for as long as the recipe has
 * its place, so that views and figures of the whole stay with it. Absolute.
 */
export function composedFile({ file, folder, name, output }: Pick<ResolvedRecipe, 'file' | 'folder' | 'name' | 'output'>): string {
  const place = createHash('sha256')
    .update(file ?? path.join(folder, name))
    .digest('hex')
    .slice(0, 12);
  // Recipes have been called after things that are no file names.
  const title = name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').slice(0, 100);
  return path.join(output.folder, '.cache', 'chains', place, `${title || 'chain'}.onnx`);
}

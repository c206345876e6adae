import { stat } from 'node:fs/promises';
import type { ComposeJob } from '../../../protocol/job.ts';
import type { FileDocument } from '../../../protocol/results/file.ts';
import type { Context } from '../../base/context.ts';
import { readModel, writeModel } from '../../onnx/file.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { recipeModel } from './recipe-model.ts';

/** Writes the models of a recipe's chain as one file. Throws what `recipeModel` throws. */
export async function runCompose({ output }: ComposeJob, recipe: ResolvedRecipe, { context }: { context: Context }): Promise<FileDocument> {
  const file = await recipeModel(recipe, 'this command', context);
  if (output !== undefined && output !== file) await writeModel(await readModel(file), output);
  const place = output ?? file;
  return { output: { path: place, bytes: (await stat(place)).size }, warnings: [] };
}

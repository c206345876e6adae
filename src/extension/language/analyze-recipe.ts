import * as vscode from 'vscode';
import { analysisStep } from '../../engine/recipe/analysis-step.ts';
import { measuredPictures } from '../../engine/recipe/measured-pictures.ts';
import { analyzeChain } from '../commands/analyze-chain.ts';
import { analyzeModel } from '../commands/analyze.ts';
import { measureLayers } from '../commands/measure-layers.ts';
import type { Host } from '../host.ts';
import { preparedRecipe } from '../recipe/run-recipe.ts';
import { readRecipe } from '../steering/recipes.ts';

/**
 * Measures what the recipe's widths do to each layer, one at a time, with the recipe's own pictures and settings; only how many is asked. Where the
 * recipe quantizes nothing or has no pictures, all is asked. Throws LatheError.
 */
export async function analyzeRecipe(host: Host, recipe: vscode.Uri): Promise<void> {
  const read = await readRecipe(recipe);
  if (read?.layers.chain) return analyzeChain(host, read);
  const prepared = await preparedRecipe(recipe);
  if (!prepared) return;
  const { resolved } = prepared;
  const model = resolved.model === undefined ? undefined : vscode.Uri.file(resolved.model);
  const step = analysisStep(resolved, 'quantize');
  if (!step || !model || !measuredPictures(resolved)) return analyzeModel(host, model);
  await measureLayers(host, model, resolved, step);
}

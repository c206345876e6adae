import path from 'node:path';
import * as vscode from 'vscode';
import { analysisStep } from '../../engine/recipe/analysis-step.ts';
import { measuredPictures } from '../../engine/recipe/measured-pictures.ts';
import type { Host } from '../host.ts';
import { composedModel } from '../recipe/composed-model.ts';
import type { OpenRecipe } from '../steering/recipes.ts';
import { analyzableRecipe } from './chain-jobs.ts';
import { measureLayers, type Asked } from './measure-layers.ts';

/** Measures layers of a recipe's chain by what they do to the answer of the last model. Throws LatheError. */
export async function analyzeChain(host: Host, recipe: OpenRecipe, asked: Asked = {}): Promise<void> {
  const model = await composedModel(host, recipe.uri);
  if (!model) return;
  const resolved = await analyzableRecipe(recipe, 'quantize');
  const step = analysisStep(resolved, 'quantize');
  if (step && measuredPictures(resolved)) return measureLayers(host, model, resolved, step, asked);
  void vscode.window.showInformationMessage(`${path.basename(recipe.uri.fsPath)} names no pictures: add data.calibration.`);
}

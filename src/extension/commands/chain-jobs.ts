import path from 'node:path';
import * as vscode from 'vscode';
import { analysisStep } from '../../engine/recipe/analysis-step.ts';
import { prepareRecipe, requireResolved } from '../../engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../engine/recipe/types.ts';
import type { Host } from '../host.ts';
import { runsFolder } from '../settings.ts';
import type { OpenRecipe } from '../steering/recipes.ts';

/** The recipe whose chain lies in this file as one, if it is such a file: jobs on the whole take pictures and settings from there. */
export async function recipeOfChain(host: Host, model: vscode.Uri): Promise<OpenRecipe | undefined> {
  const { used } = await host.steering.recipes(model);
  return used?.layers.chain ? used : undefined;
}

/** The recipe ready for an analysis of its layers: where it has no such step, one with the usual settings stands for its own. Throws `recipe.invalid`. */
export async function analyzableRecipe({ uri, text }: OpenRecipe, technique: 'quantize' | 'prune'): Promise<ResolvedRecipe> {
  const prepare = async (overrides: Record<string, unknown>): Promise<ResolvedRecipe> =>
    requireResolved(await prepareRecipe({ text, file: uri.fsPath, overrides }, { runs: runsFolder(uri), for: 'run' }));
  const written = await prepare({});
  return analysisStep(written, technique) ? written : prepare({ steps: [{ [technique]: {} }] });
}

/** Says that a step for a chain is written into its recipe, and opens that. */
export async function pointToRecipe({ uri }: OpenRecipe): Promise<void> {
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  const name = path.basename(uri.fsPath);
  void vscode.window.showInformationMessage(`These are the models of ${name} as one: what is to be done with them is said by its steps.`);
}

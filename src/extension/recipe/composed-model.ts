import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import { modelFileOf } from '../../engine/recipe/composed-file.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { Host } from '../host.ts';
import { runsFolder } from '../settings.ts';
import { modelOf, readRecipe } from '../steering/recipes.ts';
import { preparedRecipe } from './run-recipe.ts';

/**
 * The models of a recipe's chain as one file, composed where something of them has changed; of a recipe of one model that model. Undefined where the recipe has mistakes, which
 * are shown then. `where there is none`: a file that is there is taken as it is, and the recipe is not saved for it. Throws LatheError.
 */
export async function composedModel(
  host: Host,
  recipe: vscode.Uri,
  when: 'always' | 'where there is none' = 'always',
): Promise<vscode.Uri | undefined> {
  if (when !== 'always') {
    const read = await readRecipe(recipe);
    const known = read && modelOf(read);
    if (known && (await exists(known))) return known;
  }
  const prepared = await preparedRecipe(recipe);
  if (!prepared) return undefined;
  const { resolved } = prepared;
  const file = modelFileOf(resolved);
  if (file === undefined) {
    const hint = 'Say under `chain` in which order they run.';
    throw new LatheError('recipe.models', 'the models of this recipe stand alone', { file: recipe.fsPath, hint });
  }
  if (resolved.chain) await host.jobs.runQuietly({ kind: 'compose', recipe: { resolved } });
  return vscode.Uri.file(file);
}

/** `Lathe: Show the Chain`: the models of a recipe as one graph, beside the recipe. */
export async function showChain(host: Host, recipe: vscode.Uri): Promise<void> {
  const model = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Lathe: putting the models together' },
    () => composedModel(host, recipe),
  );
  if (!model) return;
  await host.steering.choice.remember(model, recipe);
  const open = host.steering.viewsOf(model)[0];
  if (open) open.panel.reveal();
  else await vscode.commands.executeCommand('vscode.openWith', model, ModelEditor.viewType, vscode.ViewColumn.Beside);
}

/** The graph of a chain that is open becomes that of its recipe as it is now. */
export async function recompose(host: Host, uri: vscode.Uri): Promise<void> {
  const recipe = await readRecipe(uri);
  const model = recipe?.layers.chain && modelOf(recipe);
  if (!recipe || !model || host.steering.viewsOf(model).length === 0) return;
  const { prepareRecipe } = await import('../../engine/recipe/prepare.ts');
  const { resolved } = await prepareRecipe({ text: recipe.text, file: uri.fsPath }, { runs: runsFolder(uri), for: 'run' });
  if (resolved?.chain) await host.jobs.runQuietly({ kind: 'compose', recipe: { resolved } });
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false;
    throw error;
  }
}

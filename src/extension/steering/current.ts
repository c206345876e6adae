import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelView, RecipeView } from '../../protocol/view.ts';
import type { OpenView } from '../editor/view-part.ts';
import type { Host } from '../host.ts';
import type { ActionContext } from './actions/action.ts';

/** What a view of a model goes by: the model, its recipe as shown, and what actions are offered by. */
export interface Current {
  readonly model: ModelView;
  /** Address of the recipe in use. */
  readonly file: vscode.Uri | undefined;
  readonly recipe: RecipeView | null;
  readonly context: ActionContext;
}

/** Throws LatheError for a file that is no model. */
export async function currentOf({ host, document }: OpenView): Promise<Current> {
  const [{ recipeView }, { steps }] = await Promise.all([import('./recipe-view.ts'), import('../../engine/recipe/steps.ts')]);
  const [model, { all, used }] = await Promise.all([document.view(), host.steering.recipes(document.uri)]);
  const recipe = used
    ? recipeView(used.layers, model.layers, {
        file: vscode.workspace.asRelativePath(used.uri),
        others: all.length > 1,
        unsaved: used.unsaved,
        ...undoOf(host, used.uri, used.text),
      })
    : null;
  const canRun = vscode.workspace.isTrusted && document.uri.scheme === 'file';
  const context = { layers: model.layers, recipe: used?.layers, settings: recipe?.settings ?? [], registered: steps, canRun };
  return { model, file: used?.uri, recipe, context };
}

/** The change made last, while the text is as it left it. */
function undoOf({ steering: { made } }: Host, recipe: vscode.Uri, text: string): Pick<RecipeView, 'undo'> {
  return made && made.recipe.toString() === recipe.toString() && made.after === text ? { undo: made.title } : {};
}

/** "resnet20.onnx". */
export const nameOf = (model: vscode.Uri): string => path.posix.basename(model.path);

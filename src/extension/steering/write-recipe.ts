import path from 'node:path';
import * as vscode from 'vscode';
import type { TextEdit } from '../../engine/recipe/edit-map.ts';
import type { LayerChange } from '../../engine/recipe/plan-layers.ts';
import { LatheError } from '../../engine/base/errors.ts';
import type { Host } from '../host.ts';
import { confirmByDiff } from './confirm.ts';

/**
 * Writes a change of layers into a recipe through its text document, so that the editor can undo it. A recipe with unsaved changes of a
 * person's own is shown as a diff first and stays unsaved; any other is saved. `title` says the change: "weights: 4 for 3 layers".
 * Resolves with whether the recipe says so now. Throws LatheError (see `editLayers`).
 */
export async function writeChange(
  host: Host,
  recipe: vscode.Uri,
  change: LayerChange,
  names: readonly string[],
  title: string,
): Promise<boolean> {
  const { editLayers } = await import('../../engine/recipe/edit-layers.ts');
  const { applyEdits } = await import('../../engine/recipe/edit-map.ts');
  const document = await vscode.workspace.openTextDocument(recipe);
  const edited = (): { edits: TextEdit[]; before: string; after: string } => {
    const before = document.getText();
    const edits = inFile(recipe, () => editLayers(before, change, names));
    return { edits, before, after: applyEdits(before, edits) };
  };
  const { edits, after } = edited();
  const name = path.basename(recipe.fsPath);
  if (edits.length === 0) {
    vscode.window.setStatusBarMessage(`$(check) ${name} says so already.`, 5000);
    return true;
  }
  const unsaved = document.isDirty;
  if (unsaved && !(await confirmByDiff(host, recipe, after, `${name}: ${title}`))) return false;
  // The text may have been edited while the diff was looked at.
  const now = unsaved ? edited() : { edits, before: document.getText(), after };
  await put(document, now.edits);
  if (!unsaved) await document.save();
  // As it was saved: an editor may format what it saves.
  host.steering.made = { recipe, title, before: now.before, after: document.getText() };
  vscode.window.setStatusBarMessage(`$(check) ${name}: ${title}`, 5000);
  return true;
}

/** Takes the last change made from a view back. Throws `recipe.changed` where the text is another one by now. */
export async function undoChange(host: Host): Promise<void> {
  const { made } = host.steering;
  if (!made) return void vscode.window.showInformationMessage('There is no change of a recipe to take back.');
  const document = await vscode.workspace.openTextDocument(made.recipe);
  if (document.getText() !== made.after) {
    const hint = 'Open it and undo there.';
    throw new LatheError('recipe.changed', 'the recipe was changed since', { file: made.recipe.fsPath, hint });
  }
  const unsaved = document.isDirty;
  await put(document, [difference(made.after, made.before)]);
  if (!unsaved) await document.save();
  host.steering.made = undefined;
}

/** The one edit that makes `after` of `before`: what is equal at both ends stays. */
function difference(before: string, after: string): TextEdit {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from: start, to: before.length - end, text: after.slice(start, after.length - end) };
}

async function put(document: vscode.TextDocument, edits: readonly TextEdit[]): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  for (const { from, to, text } of edits)
    edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), text);
  if (await vscode.workspace.applyEdit(edit)) return;
  throw new LatheError('recipe.read-only', 'the recipe cannot be changed', { file: document.uri.fsPath });
}

/** Errors name the recipe. */
function inFile<T>(recipe: vscode.Uri, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LatheError) || error.place.file !== undefined) throw error;
    throw new LatheError(error.code, error.message, { ...error.place, file: recipe.fsPath });
  }
}

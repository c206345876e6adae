import * as vscode from 'vscode';
import { entryAt, type LayerEntry } from '../../engine/recipe/layer-entries.ts';
import { layerMatcher } from '../../engine/recipe/layers.ts';
import { modelMessages } from '../../protocol/webview.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { OpenView } from '../editor/view-part.ts';
import type { Host } from '../host.ts';
import { composedModel } from '../recipe/composed-model.ts';
import { currentOf } from './current.ts';
import { modelOf, readRecipe, type OpenRecipe } from './recipes.ts';

/** A view that has not shown its model by then never will. */
const patienceMs = 20_000;

/** Entries of `layers` that cursors are in, and the model that the recipe is for. */
export async function entriesAt(
  document: vscode.TextDocument,
  positions: readonly vscode.Position[],
): Promise<{ recipe: OpenRecipe; model: vscode.Uri; entries: LayerEntry[] } | undefined> {
  const recipe = await readRecipe(document.uri);
  const model = recipe && modelOf(recipe);
  if (!recipe || !model) return undefined;
  const found = positions.map((position) => entryAt(recipe.layers, recipe.text, document.offsetAt(position)));
  return { recipe, model, entries: [...new Set(found.filter((entry) => entry !== undefined))] };
}

/** Selects what the entries match in a view that is open. `chain`: models of the recipe's chain. Returns how many layers that are. */
export async function select(view: OpenView, entries: readonly LayerEntry[], chain?: readonly string[]): Promise<number> {
  const { layers } = await view.document.view();
  const matching = layerMatcher(
    layers.map(({ name }) => name),
    chain,
  );
  const names = new Set(entries.flatMap(({ pattern }) => matching(pattern)));
  const found = layers.filter(({ name }) => names.has(name)).map(({ index }) => index);
  if (found.length) view.channel.tell(modelMessages.reveal, { layers: found });
  return found.length;
}

/** `Lathe: Reveal in Graph`: what the entry under the cursor matches, in the model's view, which opens beside where it is not open. */
export async function revealInGraph(host: Host): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const at = editor && (await entriesAt(editor.document, editor.selections.map(({ active }) => active))); // prettier-ignore
  if (!at || at.entries.length === 0) {
    return void vscode.window.showInformationMessage('Put the cursor on an entry below "layers:" of a recipe first.');
  }
  await host.steering.choice.remember(at.model, at.recipe.uri);
  host.steering.refresh();
  if (at.recipe.layers.chain && !(await composedModel(host, at.recipe.uri, 'where there is none'))) return;
  const view = await visibleView(host, at.model);
  if (view && (await select(view, at.entries, at.recipe.layers.chain)) > 0) return;
  void vscode.window.showInformationMessage(`${JSON.stringify(at.entries[0]!.pattern)} matches no layer of the model.`);
}

/** Selects layers by name in the model's view, which opens beside where it is not open. */
export async function revealLayers(host: Host, model: vscode.Uri, names: readonly string[]): Promise<void> {
  const view = await visibleView(host, model);
  if (!view) return;
  const wanted = new Set(names);
  const found = (await view.document.view()).layers.filter(({ name }) => wanted.has(name)).map(({ index }) => index);
  if (found.length) view.channel.tell(modelMessages.reveal, { layers: found });
  else void vscode.window.showInformationMessage(`The model has no layer ${JSON.stringify(names[0] ?? '')}.`);
}

/** A view of the model that can be seen; opens one beside. */
async function visibleView(host: Host, model: vscode.Uri): Promise<OpenView | undefined> {
  const open = host.steering.viewsOf(model);
  const seen = open.find(({ panel }) => panel.visible);
  if (seen) return seen;
  const shown = new Promise<OpenView | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    const listener = host.steering.onDidShow((view) => {
      if (view.document.uri.toString() !== model.toString()) return;
      clearTimeout(timer);
      listener.dispose();
      resolve(view);
    });
  });
  if (open[0]) open[0].panel.reveal();
  else await vscode.commands.executeCommand('vscode.openWith', model, ModelEditor.viewType, vscode.ViewColumn.Beside);
  return shown;
}

/** `Go to recipe line`: the entry that applies last to a layer; makes nothing where there is none. */
export async function goToRecipeLine(view: OpenView, layer: number): Promise<void> {
  const { recipe, file, context, model } = await currentOf(view);
  if (!recipe || !file) return void vscode.window.showInformationMessage('There is no recipe for this model yet.');
  const line = recipe.settings.find(({ index }) => index === layer)?.line ?? context.recipe?.steps[0]?.line;
  if (line === undefined) {
    const name = JSON.stringify(model.layers[layer]?.name ?? '');
    return void vscode.window.showInformationMessage(`The recipe says nothing of ${name}.`);
  }
  const entry = context.recipe?.entries.find((one) => one.line === line);
  const document = await vscode.workspace.openTextDocument(file);
  const place = entry ? document.positionAt(entry.from) : new vscode.Position(line - 1, 0);
  const seen = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const viewColumn = seen?.viewColumn ?? vscode.ViewColumn.Beside;
  await vscode.window.showTextDocument(document, { viewColumn, selection: new vscode.Range(place, place), preview: false });
}

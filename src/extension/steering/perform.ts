import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import { visible } from '../../protocol/format.ts';
import type { OpenView } from '../editor/view-part.ts';
import type { Host } from '../host.ts';
import type { SettingAction } from './actions/action.ts';
import { currentOf, nameOf, type Current } from './current.ts';
import { pickOne } from './recipes.ts';
import { writeChange } from './write-recipe.ts';

/** Longer names are counted instead. */
const shownName = 60;

/** Does what was asked for in a view: runs a command, or writes settings into the recipe. `layers` are indices. Throws LatheError. */
export async function perform(view: OpenView, id: string, layers: readonly number[], choice: string | undefined): Promise<void> {
  const { findAction } = await import('./actions/index.ts');
  const action = findAction(id);
  const current = await currentOf(view);
  const names = [...new Set(layers.flatMap((index) => current.model.layers[index]?.name ?? []))];
  if (!action?.offer(current.context))
    throw new LatheError('action.none', 'this cannot be done here any more', { file: view.document.uri.fsPath });
  if (action.kind === 'setting') return change(view, action, names, choice, current);
  const call = action.call({ model: view.document.uri, recipe: current.file, layers: names, choice });
  await vscode.commands.executeCommand(call.command, ...call.arguments);
}

async function change(
  view: OpenView,
  action: SettingAction,
  names: readonly string[],
  choice: string | undefined,
  before: Current,
): Promise<void> {
  const { host, document } = view;
  const { settingsText } = await import('./recipe-view.ts');
  if (names.length === 0) return void vscode.window.showInformationMessage('Select layers in the model first.');
  const own = names.filter((name) => !isBetweenModels(name, before));
  if (own.length === 0) return void vscode.window.showInformationMessage('What lies between the models of a chain has no settings.');
  const recipe = await recipeToChange(host, document.uri);
  if (!recipe) return;
  const { context, model } = recipe.made ? await currentOf(view) : before;
  const { set, unset } = action.change(context, choice);
  const what = set ? settingsText(set) : (action.offer(context)?.title.toLowerCase() ?? 'as all layers');
  const title = `${what} for ${layersText(own)}`;
  const all = [...new Set(model.layers.map(({ name }) => name))].filter((name) => !isBetweenModels(name, before));
  const { chain } = context.recipe ?? {};
  const edit = { layers: own, ...(set ? { set } : {}), ...(unset ? { unset } : {}), ...(chain ? { aliases: chain } : {}) };
  await writeChange(host, recipe.uri, edit, all, title);
  if (recipe.made) await vscode.window.showTextDocument(recipe.uri, { viewColumn: vscode.ViewColumn.Beside, preview: false });
}

/** Nodes that turn an answer of one model of a chain into what the next one takes: recipes name none of them. */
const isBetweenModels = (name: string, { context: { recipe } }: Current): boolean =>
  recipe?.chain !== undefined && !recipe.chain.some((alias) => name.startsWith(`${alias}:`));

/** The recipe in use; asks where several are for the model and none was chosen before; makes one where there is none. */
async function recipeToChange(host: Host, model: vscode.Uri): Promise<{ uri: vscode.Uri; made: boolean } | undefined> {
  const { choice } = host.steering;
  // A file system may be slow to tell of a recipe that was just made.
  host.steering.rescan();
  const { all } = await host.steering.recipes(model);
  const known = all.length > 1 ? choice.remembered(model, all) : all[0];
  const used = known ?? (all.length ? await pickOne(all, undefined) : undefined);
  if (used) {
    await choice.remember(model, used.uri);
    return { uri: used.uri, made: false };
  }
  if (all.length) return undefined;
  const { makeRecipe } = await import('../compress/compress.ts');
  const made = await makeRecipe(host, model, `New recipe for ${nameOf(model)}`, 'edit');
  if (!made) return undefined;
  await choice.remember(model, made.recipe);
  host.steering.rescan();
  return { uri: made.recipe, made: true };
}

/** Lets a person choose which recipe is in use for the model of a view. */
export async function chooseRecipe({ host, document }: OpenView): Promise<void> {
  const { all, used } = await host.steering.recipes(document.uri);
  const chosen = await pickOne(all, used);
  if (!chosen) return;
  await host.steering.choice.remember(document.uri, chosen.uri);
  host.steering.refresh();
}

function layersText(names: readonly string[]): string {
  const [first = ''] = names;
  return names.length === 1 && first.length <= shownName ? visible(first) : `${names.length} layer${names.length === 1 ? '' : 's'}`;
}

import * as vscode from 'vscode';
import type { ActionView } from '../../protocol/view.ts';
import type { OpenView } from '../editor/view-part.ts';
import type { Host } from '../host.ts';

/** Commands of the window that act on what is selected in the active model view, by what they are called in package.json. */
export const steeringCommands: Readonly<Record<string, [what: string, run: (host: Host) => Promise<void>]>> = {
  'lathe.steer': ['Change layers', (host) => onSelection(host, chooseAction)],
  'lathe.keepFloat': ['Keep in float', (host) => onSelection(host, (view, layers) => act(view, layers, 'keep-float'))],
  'lathe.setWidth': ['Set width', (host) => onSelection(host, (view, layers) => act(view, layers, 'weights'))],
  'lathe.analyzeLayers': ['Analyze layers', (host) => onSelection(host, (view, layers) => act(view, layers, 'analyze-layers'))],
  'lathe.goToRecipeLine': [
    'Go to recipe line',
    (host) => onSelection(host, async (view, layers) => (await import('./reveal.ts')).goToRecipeLine(view, layers.at(-1)!)),
  ],
  'lathe.chooseRecipe': ['Choose recipe', (host) => onView(host, async (view) => (await import('./perform.ts')).chooseRecipe(view))],
  'lathe.undoRecipeChange': ['Undo in the recipe', async (host) => (await import('./write-recipe.ts')).undoChange(host)],
  'lathe.applyChange': ['Apply', (host) => Promise.resolve(host.steering.answer(true))],
  'lathe.cancelChange': ['Cancel', (host) => Promise.resolve(host.steering.answer(false))],
  'lathe.revealInGraph': ['Reveal in graph', async (host) => (await import('./reveal.ts')).revealInGraph(host)],
};

async function onView(host: Host, work: (view: OpenView) => Promise<void>): Promise<void> {
  const view = host.steering.active;
  if (view) await work(view);
  else void vscode.window.showInformationMessage('Open a model first.');
}

const onSelection = (host: Host, work: (view: OpenView, layers: readonly number[]) => Promise<void>): Promise<void> =>
  onView(host, async (view) => {
    const layers = host.steering.selection(view);
    if (layers.length) await work(view, layers);
    else void vscode.window.showInformationMessage('Select layers in the model first.');
  });

async function offeredIn(view: OpenView): Promise<ActionView[]> {
  const [{ currentOf }, { offered }] = await Promise.all([import('./current.ts'), import('./actions/index.ts')]);
  return offered((await currentOf(view)).context);
}

/** Asks for a value where the action has several. */
async function act(view: OpenView, selected: readonly number[], id: string): Promise<void> {
  const action = (await offeredIn(view)).find((one) => one.id === id);
  const layers = action ? able(action, selected) : [];
  if (!action || layers.length === 0) return void vscode.window.showInformationMessage('This cannot be done with the selected layers.');
  const items = action.choices?.map(({ label, value }) => ({ label, value }));
  const chosen = items && (await vscode.window.showQuickPick(items, { placeHolder: `${action.title}: ${action.detail}` }));
  if (items && !chosen) return;
  await (await import('./perform.ts')).perform(view, id, layers, chosen?.value);
}

/** Everything that can be done with the selected layers, as one list. */
async function chooseAction(view: OpenView, selected: readonly number[]): Promise<void> {
  const actions = (await offeredIn(view)).filter((action) => action.on === 'layers' && able(action, selected).length > 0);
  const items = actions.map(({ id, title, detail }) => ({ label: title, detail, id }));
  const count = `${selected.length} selected layer${selected.length === 1 ? '' : 's'}`;
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: `What about the ${count}?` });
  if (chosen) await act(view, selected, chosen.id);
}

function able({ layers }: ActionView, selected: readonly number[]): number[] {
  const set = new Set(layers);
  return layers ? selected.filter((layer) => set.has(layer)) : [...selected];
}

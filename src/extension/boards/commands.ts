import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { pickFile, pickModel, pickRecipe } from '../pick-file.ts';
import { startTask, type Asked } from './start.ts';

type Command = (host: Host, uri: vscode.Uri | undefined, ...rest: unknown[]) => Promise<void>;

/** Commands on boards, by what they are called in package.json. What they do is a task; their first argument is a recipe or a model. */
export const boardCommands: Readonly<Record<string, [what: string, run: Command]>> = {
  'lathe.compile': ['Compile', (host, uri, detail) => compile(host, uri, entryOf(detail))],
  'lathe.check': ['Check', (host, uri, detail) => check(host, uri, entryOf(detail))],
  'lathe.applyFixes': ['Fix for the board', (host, uri, layers) => applyFixes(host, uri, layers)],
  'lathe.deploy': ['Deploy', (host, uri, detail) => deploy(host, uri, entryOf(detail), false)],
  'lathe.deployDryRun': ['Deploy (dry run)', (host, uri, detail) => deploy(host, uri, entryOf(detail), true)],
  'lathe.showLayerInGraph': ['Show in the graph', (host, uri, model, layers) => showInGraph(host, uri, model, layers)],
};

const isRecipe = (uri: vscode.Uri): boolean => /\.compress\.(ya?ml|json)$/i.test(uri.path);
/** Lenses say which entry of `deploy:`; menus of the explorer hand addresses in this place. */
const entryOf = (detail: unknown): number | undefined => (typeof detail === 'number' ? detail : undefined);
const withEntry = (entry: number | undefined): Pick<Asked, 'entry'> => (entry === undefined ? {} : { entry });

async function check(host: Host, given: vscode.Uri | undefined, entry: number | undefined): Promise<void> {
  const file = given ?? activeRecipe() ?? (await pickModel(undefined, 'Check which model?'));
  if (!file) return;
  await startTask(host, file, { task: 'check', ...withEntry(entry) });
}

async function applyFixes(host: Host, given: vscode.Uri | undefined, layers: unknown): Promise<void> {
  const names = Array.isArray(layers) ? layers.filter((name): name is string => typeof name === 'string') : [];
  await (await import('./fit/fix-for-board.ts')).fixForBoard(host, given, names);
}

async function compile(host: Host, given: vscode.Uri | undefined, entry: number | undefined): Promise<void> {
  const file =
    given ??
    activeRecipe() ??
    activeModel() ??
    (await pickFile('**/*.{onnx,xmodel,compress.yaml,compress.yml,compress.json}', 'Compile which model or recipe?'));
  if (!file) return;
  await startTask(host, file, { task: 'compile', ...(isRecipe(file) ? withEntry(entry) : {}) });
}

async function deploy(host: Host, given: vscode.Uri | undefined, entry: number | undefined, dryRun: boolean): Promise<void> {
  const file = given && !isRecipe(given) ? undefined : await pickRecipe(given);
  if (!file) return;
  const { boardsOfRecipe } = await import('./read-recipe.ts');
  const boards = await boardsOfRecipe(file);
  if (!boards?.deploys) return offerDeployKey(file);
  const chosen = entry ?? (boards.entries.length > 1 ? await pickEntry(boards.entries) : undefined);
  if (chosen === null) return;
  await startTask(host, file, { task: 'deploy', ...withEntry(chosen), ...(dryRun ? { dryRun } : {}) });
}

/** undefined: all of them; null: the user turned away. */
async function pickEntry(
  entries: readonly { index: number; entry: { target: string; host?: string } }[],
): Promise<number | undefined | null> {
  const items = [
    { label: 'All of them', description: `${entries.length} entries, one after another`, index: undefined },
    ...entries.map(({ index, entry: { target, host } }) => ({ label: target, description: host ?? 'no host: planned only', index })),
  ];
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: 'Deploy to which entry of "deploy:"?' });
  return chosen ? chosen.index : null;
}

/** A recipe that names no board: says so, and writes the key with a word on what belongs there. */
async function offerDeployKey(file: vscode.Uri): Promise<void> {
  const write = 'Write It';
  const pressed = await vscode.window.showInformationMessage(
    'This recipe names no board yet: "deploy:" says which, and where it is.',
    write,
  );
  if (pressed !== write) return;
  const document = await vscode.workspace.openTextDocument(file);
  const editor = await vscode.window.showTextDocument(document);
  if (file.path.endsWith('.json')) return;
  const end = document.lineAt(document.lineCount - 1).range.end;
  const snippet = new vscode.SnippetString(
    `${end.character > 0 ? '\n' : ''}deploy:\n  - { target: \${1:zcu104}, host: \${2:name or address}, user: \${3:root} }\n`,
  );
  await editor.insertSnippet(snippet, end);
}

function activeRecipe(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri && isRecipe(uri) ? uri : undefined;
}

function activeModel(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && /\.(onnx|xmodel)$/i.test(input.uri.path) ? input.uri : undefined;
}

async function showInGraph(host: Host, recipe: vscode.Uri | undefined, model: unknown, layers: unknown): Promise<void> {
  const names = Array.isArray(layers) ? layers.filter((name): name is string => typeof name === 'string') : [];
  const { modelOf, readRecipe } = await import('../steering/recipes.ts');
  const opened = recipe && isRecipe(recipe) ? await readRecipe(recipe) : undefined;
  const uri = (opened && modelOf(opened)) ?? (typeof model === 'string' ? vscode.Uri.file(model) : undefined);
  if (uri) await (await import('../steering/reveal.ts')).revealLayers(host, uri, names);
}

import path from 'node:path';
import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { pickFile } from '../pick-file.ts';
import type { ComparePanels } from './panels.ts';

type Command = (host: Host, panels: ComparePanels, given: vscode.Uri | undefined, ...rest: unknown[]) => Promise<void>;

/** Commands that compare models, by what they are called in package.json. */
export const compareCommands: Readonly<Record<string, [what: string, run: Command]>> = {
  'lathe.compare': ['Compare', compare],
  'lathe.compareSelected': ['Compare', compareSelected],
  'lathe.selectForCompare': ['Select for compare', selectForCompare],
  'lathe.compareWithSelected': ['Compare with selected', compareWithSelected],
  'lathe.compareWithHead': ['Compare with HEAD', compareWithHead],
};

/** Also called by others: with the second model, and the run that made it, whose pictures the layers are measured on at once. */
async function compare(host: Host, panels: ComparePanels, given: vscode.Uri | undefined, other?: unknown, run?: unknown): Promise<void> {
  const a = given ?? activeModel() ?? (await pickFile('**/*.onnx', 'Compare which model?'));
  // An .xmodel is compared with the model that it was made from.
  const others = a && isXmodel(a) ? '**/*.onnx' : '**/*.{onnx,xmodel}';
  const b = a && (other instanceof vscode.Uri ? other : await pickFile(others, `Compare ${path.posix.basename(a.path)} with?`, a));
  if (!a || !b) return;
  if (isXmodel(a) || isXmodel(b)) return show(host, panels, { a, b });
  const ofRun = typeof run === 'string' ? run : undefined;
  const panel = panels.show({ a, b }, ofRun);
  if (ofRun !== undefined) await panel.measure(false);
}

/** Two files that are marked in the explorer; the one that was clicked is the second, as in VS Code's own. */
async function compareSelected(host: Host, panels: ComparePanels, given: vscode.Uri | undefined, all?: unknown): Promise<void> {
  const files = Array.isArray(all) ? all.filter((one): one is vscode.Uri => one instanceof vscode.Uri) : [];
  const other = files.find((uri) => uri.toString() !== given?.toString());
  if (given && other) await show(host, panels, { a: other, b: given });
  else void vscode.window.showInformationMessage('Mark two models in the explorer first.');
}

async function selectForCompare(_host: Host, panels: ComparePanels, given: vscode.Uri | undefined): Promise<void> {
  const model = given ?? activeModel();
  if (!model) return void vscode.window.showInformationMessage('Open a model first, or choose one in the explorer.');
  panels.selected = model;
  await vscode.commands.executeCommand('setContext', 'lathe.selectedForCompare', true);
  vscode.window.setStatusBarMessage(`$(compare-changes) ${path.posix.basename(model.path)} is selected for compare`, 5000);
}

async function compareWithSelected(host: Host, panels: ComparePanels, given: vscode.Uri | undefined): Promise<void> {
  const [a, b] = [panels.selected, given ?? activeModel()];
  if (a && b) await show(host, panels, { a, b });
  else void vscode.window.showInformationMessage('Select a model for compare first.');
}

async function compareWithHead(_host: Host, panels: ComparePanels, given: vscode.Uri | undefined): Promise<void> {
  const model = given ?? activeModel() ?? (await pickFile('**/*.onnx', 'Compare which model with HEAD?'));
  if (!model) return;
  const { withHead } = await import('./git.ts');
  panels.show(await withHead(model));
}

/** The model in the active editor, on a disk or not. */
function activeModel(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
  return uri && /\.(onnx|xmodel)$/i.test(uri.path) ? uri : undefined;
}

const isXmodel = ({ path: name }: vscode.Uri): boolean => /\.xmodel$/i.test(name);

/** Two models in one picture; an `.xmodel` and its model as a table of what became of each node. */
async function show(host: Host, panels: ComparePanels, { a, b }: { a: vscode.Uri; b: vscode.Uri }): Promise<void> {
  if (!isXmodel(a) && !isXmodel(b)) return void panels.show({ a, b });
  const { compareWithXmodel } = await import('./with-xmodel.ts');
  await compareWithXmodel(host, a, b);
}

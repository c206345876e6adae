import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../engine/base/errors.ts';

const mostFiles = 500;

/**
 * The model a command is for: what was clicked, else the open one, else one the user picks. Undefined when the user turned away.
 * Throws `file.virtual` for a file that is not on a disk.
 */
export async function pickModel(given: vscode.Uri | undefined, placeholder: string): Promise<vscode.Uri | undefined> {
  return onDisk(given ?? activeFile(/\.onnx$/i) ?? (await pickFile('**/*.onnx', placeholder)));
}

/** The recipe a command is for, likewise. */
export async function pickRecipe(given: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  return onDisk(
    given ?? activeFile(/\.compress\.(ya?ml|json)$/i) ?? (await pickFile('**/*.compress.{yaml,yml,json}', 'Run which recipe?')),
  );
}

/** One of the workspace's files that fit the pattern. */
export async function pickFile(pattern: string, placeholder: string, except?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const files = vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', mostFiles).then((found) =>
    found
      .filter((uri) => uri.toString() !== except?.toString())
      .sort((a, b) => (a.fsPath < b.fsPath ? -1 : 1))
      .map((uri) => ({ label: path.basename(uri.fsPath), description: vscode.workspace.asRelativePath(path.dirname(uri.fsPath)), uri })),
  );
  return (await vscode.window.showQuickPick(files, { ignoreFocusOut: true, placeHolder: placeholder, matchOnDescription: true }))?.uri;
}

function activeFile(name: RegExp): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
  return uri && name.test(uri.path) ? uri : undefined;
}

function onDisk(uri: vscode.Uri | undefined): vscode.Uri | undefined {
  if (!uri || uri.scheme === 'file') return uri;
  throw new LatheError('file.virtual', 'jobs need files on a disk', { file: uri.toString(), hint: 'Copy the file to this machine first.' });
}

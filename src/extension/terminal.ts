import path from 'node:path';
import * as vscode from 'vscode';
import { nodePath } from './settings.ts';

/** Puts `lathe` on the PATH of this window's terminals; it runs with the Node that jobs run with. */
export function offerCommandLine(context: vscode.ExtensionContext): void {
  const environment = context.environmentVariableCollection;
  environment.description = 'Makes the command `lathe` available';
  environment.prepend('PATH', `${vscode.Uri.joinPath(context.extensionUri, 'bin', 'terminal').fsPath}${path.delimiter}`);
  const setNode = (): void => environment.replace('LATHE_NODE', nodePath() ?? process.execPath);
  setNode();
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('lathe.nodePath')) setNode();
    }),
  );
}

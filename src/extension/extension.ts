import * as vscode from 'vscode';

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('Lathe', { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand('lathe.showOutput', () => output.show()),
  );
}

import * as vscode from 'vscode';

/** Opens a model in its editor. */
export async function openLayer(model: vscode.Uri, _layer: number | undefined): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', model, 'lathe.model', { preview: false });
}

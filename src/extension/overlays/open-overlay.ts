import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import { ModelDocument } from '../editor/model-document.ts';
import { pickModel } from '../pick-file.ts';
import { layerIndex } from './views.ts';

/**
 * Opens a file of figures for a model: a Lathe overlay, a Netron attachment or node data of Model Explorer. `given`: the file, if a command knows it.
 * Resolves when it is shown or the user turned away. Throws LatheError `overlay.*`.
 */
export async function openOverlay(host: Host, given: vscode.Uri | undefined): Promise<void> {
  const isOverlay = given !== undefined && /\.json$/i.test(given.path);
  const model = await pickModel(isOverlay ? undefined : given, 'Show figures on which model?');
  if (!model) return;
  const file = isOverlay ? given : await pickOverlay(model);
  if (!file) return;
  const document = new ModelDocument(model);
  try {
    const [view, graph] = await Promise.all([document.view(), document.drawable()]);
    const [first] = await host.overlays.files.open(model, file, layerIndex(view.layers, graph));
    await vscode.commands.executeCommand('vscode.openWith', model, ModelEditor.viewType, { preview: false });
    host.overlays.refresh(model, first);
  } finally {
    document.dispose();
  }
}

async function pickOverlay(model: vscode.Uri): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: 'Open overlay',
    openLabel: 'Show on the model',
    defaultUri: vscode.Uri.joinPath(model, '..'),
    filters: { 'Overlays, Netron attachments, Model Explorer node data': ['json'] },
  });
  return chosen?.[0];
}

import * as vscode from 'vscode';
import { modelMessages } from '../../protocol/webview.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { OpenView } from '../editor/view-part.ts';
import type { Host } from '../host.ts';

/** A view that has not shown its model by then never will. */
const patienceMs = 20_000;

/** Opens a model in its editor and selects a layer there; -1: none. */
export async function openLayer(host: Host, model: vscode.Uri, layer: number): Promise<void> {
  const { steering } = host;
  const known = steering.viewsOf(model)[0];
  const shown = known ? Promise.resolve(known) : nextView(host, model);
  await vscode.commands.executeCommand('vscode.openWith', model, ModelEditor.viewType, { preview: false });
  const view = layer < 0 ? undefined : await shown;
  view?.channel.tell(modelMessages.reveal, { layers: [layer] });
}

function nextView({ steering }: Host, model: vscode.Uri): Promise<OpenView | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(undefined), patienceMs);
    const listener = steering.onDidShow((view) => {
      if (view.document.uri.toString() === model.toString()) end(view);
    });
    const end = (view: OpenView | undefined): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve(view);
    };
  });
}

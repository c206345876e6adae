import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import type { ModelView } from '../../../protocol/view.ts';
import type { OpenView, ViewPart } from '../view-part.ts';

/** Figures by layer: what follows from the model, what was measured, what can be measured. */
export const overlays: ViewPart = {
  attach(view) {
    const { host, document, channel } = view;
    channel.onNotice(modelMessages.measure, () => void vscode.commands.executeCommand('lathe.analyze', document.uri));
    return [
      host.overlays.onDidChange(({ model, show }) => {
        if (model.toString() === document.uri.toString()) void document.view().then((shown) => tell(view, shown, show));
      }),
    ];
  },
  shown: (view, model) => tell(view, model),
};

/** What is known of the layers; where it can't be read the model is shown without. */
async function tell({ host, document, channel }: OpenView, model: ModelView, show?: string): Promise<void> {
  const { layerIndex } = await import('../../overlays/views.ts');
  const canAnalyze = vscode.workspace.isTrusted && document.uri.scheme === 'file';
  const [known, computed] = await Promise.all([
    host.overlays.of(document.uri, layerIndex(model.layers)).catch((error: unknown) => {
      host.output.warn(`figures of ${document.uri.fsPath}: ${String(error)}`);
      return [];
    }),
    document.overlays(),
  ]);
  channel.tell(modelMessages.overlays, {
    overlays: [...known, ...computed],
    offers: [],
    canAnalyze,
    ...(show === undefined ? {} : { show }),
  });
}

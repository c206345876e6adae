import * as vscode from 'vscode';
import type { Host } from '../../host.ts';

export const revealCommand = 'lathe.showLayerInGraph';

/** "Show the layer in the graph" at diagnostics that are about layers. */
export function registerFindingActions(host: Host): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: (document, _range, { diagnostics }) =>
      diagnostics.flatMap((diagnostic) => {
        const found = host.findings.shown(document.uri, diagnostic);
        if (!found || found.layers.length === 0) return [];
        const several = found.layers.length > 1;
        const action = new vscode.CodeAction(
          `Show the ${several ? `${found.layers.length} layers` : 'layer'} in the graph`,
          vscode.CodeActionKind.QuickFix,
        );
        action.diagnostics = [diagnostic];
        action.command = { command: revealCommand, title: action.title, arguments: [document.uri, found.model, found.layers] };
        return [action];
      }),
  };
  const selector = [{ scheme: 'file', language: 'compression-config' }];
  return vscode.languages.registerCodeActionsProvider(selector, provider, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] });
}

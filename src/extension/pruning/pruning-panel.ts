import * as vscode from 'vscode';
import type { PruningProfile } from '../../protocol/pruning.ts';
import { pruningMessages, type PruningChoice, type PruningQuestion } from '../../protocol/pruning-messages.ts';
import { Channel } from '../../protocol/transport.ts';
import { webviewOptions, webviewPage } from '../editor/webview-page.ts';
import { describe } from '../errors.ts';

export interface PruningRequest {
  readonly question: PruningQuestion;
  /** What the model costs at any widths, and what its channels matter; what goes wrong is shown in the panel. */
  readonly profile: Promise<PruningProfile>;
}

/** Shows what pruning would leave and asks how far it is to go. Undefined when the user closed the panel. */
export function askPruning(extensionUri: vscode.Uri, { question, profile }: PruningRequest): Promise<PruningChoice | undefined> {
  const title = `Prune ${question.model}`;
  const panel = vscode.window.createWebviewPanel('lathe.pruning', title, vscode.ViewColumn.Active, webviewOptions(extensionUri));
  const channel = new Channel((message) => void panel.webview.postMessage(message));
  panel.webview.onDidReceiveMessage((message) => channel.receive(message));
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
  return new Promise((resolve) => {
    channel.onNotice(pruningMessages.ready, () => {
      channel.tell(pruningMessages.start, question);
      profile.then(
        (one) => channel.tell(pruningMessages.profile, one),
        (error: unknown) => channel.tell(pruningMessages.failed, describe(error)),
      );
    });
    channel.onNotice(pruningMessages.accept, (choice) => {
      resolve(choice);
      panel.dispose();
    });
    channel.onNotice(pruningMessages.cancel, () => panel.dispose());
    panel.onDidDispose(() => {
      channel.close();
      resolve(undefined);
    });
    panel.webview.html = webviewPage(panel.webview, extensionUri, 'pruning-view', 'lathe-pruning', 'Pruning');
  });
}

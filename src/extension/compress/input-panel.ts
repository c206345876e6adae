import * as vscode from 'vscode';
import { Channel } from '../../protocol/transport.ts';
import { inputMessages, type InputChoice, type InputQuestion, type PreviewPicture } from '../../protocol/webview.ts';
import { webviewOptions, webviewPage } from '../editor/webview-page.ts';

export interface InputPanelRequest {
  question: InputQuestion;
  /** Sample pictures by these settings; throws what goes wrong, which the panel shows. */
  preview(choice: Pick<InputChoice, 'color' | 'fit'>): Promise<PreviewPicture[]>;
}

/** Shows sample pictures as the model will get them and asks whether that is right. Undefined when the user closed the panel. */
export function askInput(extensionUri: vscode.Uri, request: InputPanelRequest): Promise<InputChoice | undefined> {
  const title = `Input of ${request.question.model}`;
  const panel = vscode.window.createWebviewPanel('lathe.input', title, vscode.ViewColumn.Active, webviewOptions(extensionUri));
  const channel = new Channel((message) => void panel.webview.postMessage(message));
  panel.webview.onDidReceiveMessage((message) => channel.receive(message));
  return new Promise((resolve) => {
    channel.onNotice(inputMessages.ready, () => channel.tell(inputMessages.start, request.question));
    channel.onQuestion(inputMessages.preview, (choice) => request.preview(choice));
    channel.onNotice(inputMessages.accept, (choice) => {
      resolve(choice);
      panel.dispose();
    });
    channel.onNotice(inputMessages.cancel, () => panel.dispose());
    panel.onDidDispose(() => {
      channel.close();
      resolve(undefined);
    });
    panel.webview.html = webviewPage(panel.webview, extensionUri, 'input-view', 'lathe-input', 'Input settings');
  });
}

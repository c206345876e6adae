import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import type { ViewPart } from '../view-part.ts';

/** Where nothing may run: said in the view, with what can be done about it. It is shown again once trust was granted. */
export const limits: ViewPart = {
  attach({ channel }) {
    channel.onNotice(modelMessages.manageTrust, () => void vscode.commands.executeCommand('workbench.trust.manage'));
    return [];
  },
  shown({ document, channel }) {
    const trust = !vscode.workspace.isTrusted;
    const elsewhere = document.uri.scheme !== 'file';
    const sentence = trust
      ? 'Restricted Mode: models are shown here, and nothing is run on them.'
      : 'This file is not on a disk of this machine: it is shown, and nothing can be run on it.';
    channel.tell(modelMessages.limited, document.isOnnx && (trust || elsewhere) ? { sentence, trust } : null);
    return Promise.resolve();
  },
};

import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import type { ViewPart } from '../view-part.ts';

/** The button that compares the shown model with another one. */
export const compare: ViewPart = {
  attach({ document, channel }) {
    channel.onNotice(modelMessages.compare, () => void vscode.commands.executeCommand('lathe.compare', document.uri));
    return [];
  },
};

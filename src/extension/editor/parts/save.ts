import path from 'node:path';
import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import { reporting } from '../../errors.ts';
import type { ViewPart } from '../view-part.ts';

/** The picture of the graph goes where the user says, first asked beside the model. */
export const save: ViewPart = {
  attach({ host, document, channel }) {
    channel.onNotice(
      modelMessages.save,
      ({ name, contents }) =>
        void reporting(host.output, 'Export graph', async () => {
          // The name comes from the view: nothing of it may lead elsewhere.
          const file = path.posix.basename(name);
          const form = path.posix.extname(file).slice(1);
          const target = await vscode.window.showSaveDialog({
            title: 'Export graph',
            defaultUri: vscode.Uri.joinPath(document.uri, '..', file),
            filters: { [form.toUpperCase()]: [form] },
          });
          if (!target) return;
          await vscode.workspace.fs.writeFile(target, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
          const open = 'Open';
          const chosen = await vscode.window.showInformationMessage(`Saved ${path.posix.basename(target.path)}.`, open);
          if (chosen === open) await vscode.commands.executeCommand('vscode.open', target);
        }),
    );
    return [];
  },
};

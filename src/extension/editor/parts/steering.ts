import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import { reporting } from '../../errors.ts';
import type { ViewPart } from '../view-part.ts';

/** What is selected, and what is done with it. */
export const steering: ViewPart = {
  attach(view) {
    const { host, channel, panel } = view;
    channel.onNotice(modelMessages.selection, ({ layers }) => host.steering.select(view, layers));
    channel.onNotice(modelMessages.perform, ({ id, layers, choice }) => {
      void reporting(host.output, 'Steer', async () => (await import('../../steering/perform.ts')).perform(view, id, layers, choice));
    });
    return [
      host.steering.add(view),
      panel.onDidChangeViewState(() => host.steering.activeChanged()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => host.steering.refresh()),
    ];
  },
  shown(view) {
    view.host.steering.shown(view);
    return Promise.resolve();
  },
};

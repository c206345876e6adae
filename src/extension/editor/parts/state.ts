import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import { ViewMemory } from '../view-memory.ts';
import type { ViewPart } from '../view-part.ts';

/** A drag of the camera is many changes: kept once they have come to rest. */
const settleMs = 800;

/** What a view looked like is remembered for its file: a tab that is closed and opened again is as it was. */
export const state: ViewPart = {
  attach({ host, document, channel }) {
    const memory = new ViewMemory(host.context.workspaceState);
    const model = document.uri.toString();
    let latest: object | undefined;
    let timer: NodeJS.Timeout | undefined;
    const keep = (): void => {
      clearTimeout(timer);
      if (!latest) return;
      memory
        .keep(model, latest)
        .then(undefined, (error: unknown) => host.output.warn(`The view of ${model} is not remembered: ${String(error)}`));
      latest = undefined;
    };
    channel.onQuestion(modelMessages.kept, () => memory.of(model));
    channel.onNotice(modelMessages.keep, ({ state }) => {
      latest = state;
      clearTimeout(timer);
      timer = setTimeout(keep, settleMs);
    });
    return [new vscode.Disposable(keep)];
  },
};

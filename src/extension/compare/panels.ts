import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { ComparePanel, type ComparedUris } from './compare-panel.ts';

export const compareViewType = 'lathe.compare';

/** The open comparisons; brings those that were open back after a restart. */
export class ComparePanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, ComparePanel>();
  readonly #shown = new vscode.EventEmitter<ComparedUris>();
  /** Fires when a comparison has been given something to show. */
  readonly onDidShow = this.#shown.event;

  /** What "Compare with Selected" compares with. */
  selected: vscode.Uri | undefined;

  constructor(private readonly host: Host) {}

  /** Shows a comparison, the one that is open where there is one. */
  show(uris: ComparedUris, run?: string): ComparePanel {
    const known = this.#open.get(keyOf(uris));
    if (known) {
      known.panel.reveal();
      return known;
    }
    const panel = vscode.window.createWebviewPanel(compareViewType, 'Compare', vscode.ViewColumn.Active, {
      retainContextWhenHidden: false,
    });
    return this.#adopt(panel, uris, run);
  }

  // Called by VS Code with what the view kept.
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { a, b } = (typeof state === 'object' && state !== null ? state : {}) as { a?: unknown; b?: unknown };
    if (typeof a === 'string' && typeof b === 'string') this.#adopt(panel, { a: vscode.Uri.parse(a), b: vscode.Uri.parse(b) }, undefined);
    else panel.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, uris: ComparedUris, run: string | undefined): ComparePanel {
    const { extensionUri } = this.host.context;
    const icon = (kind: string): vscode.Uri => vscode.Uri.joinPath(extensionUri, 'media', `compare-${kind}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const opened = new ComparePanel(this.host, uris, panel, run);
    this.#open.set(keyOf(uris), opened);
    opened.onDidShow(() => this.#shown.fire(uris));
    panel.onDidDispose(() => this.#open.delete(keyOf(uris)));
    return opened;
  }
}

const keyOf = ({ a, b }: ComparedUris): string => `${a.toString()}\n${b.toString()}`;

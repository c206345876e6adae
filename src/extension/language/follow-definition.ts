import * as vscode from 'vscode';
import type { LayerEntry } from '../../engine/recipe/layer-entries.ts';
import type { Host } from '../host.ts';
import { entriesAt, select } from '../steering/reveal.ts';

/** VS Code asks where something is defined for a link under the pointer too: only what opens right after the question came of it. */
const patienceMs = 5_000;

/**
 * Going to the definition of a layer opens its model, since a place in an ONNX file has no lines: what was asked about is selected in the graph as soon as the
 * model is seen.
 */
export class FollowDefinition implements vscode.Disposable {
  #asked: { readonly model: string; readonly entries: readonly LayerEntry[]; readonly until: number } | undefined;
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly host: Host) {
    this.#subscriptions = [
      host.steering.onDidShow(({ document }) => void this.#follow(document.uri)),
      vscode.window.tabGroups.onDidChangeTabs(() => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        if (input instanceof vscode.TabInputCustom) void this.#follow(input.uri);
      }),
    ];
  }

  /** Somebody asks where the name at a place is defined. */
  async ask(document: vscode.TextDocument, position: vscode.Position): Promise<void> {
    const at = await entriesAt(document, [position]);
    this.#asked = at?.entries.length ? { model: at.model.toString(), entries: at.entries, until: Date.now() + patienceMs } : undefined;
  }

  async #follow(model: vscode.Uri): Promise<void> {
    const asked = this.#asked;
    const view = asked?.model === model.toString() ? this.host.steering.viewsOf(model).find(({ panel }) => panel.visible) : undefined;
    if (!asked || !view) return;
    this.#asked = undefined;
    if (Date.now() <= asked.until) await select(view, asked.entries);
  }

  dispose(): void {
    for (const disposable of this.#subscriptions) disposable.dispose();
  }
}

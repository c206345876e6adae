import * as vscode from 'vscode';
import type { LayerEntry } from '../../engine/recipe/layer-entries.ts';
import type { Host } from '../host.ts';
import { composedModel } from '../recipe/composed-model.ts';
import { entriesAt, select } from '../steering/reveal.ts';

/** VS Code asks where something is defined for a link under the pointer too: only what opens right after the question came of it. */
const patienceMs = 5_000;

/**
 * Going to the definition of a layer opens its model, since a place in an ONNX file has no lines: what was asked about is selected in the graph as soon as the
 * model is seen.
 */
export class FollowDefinition implements vscode.Disposable {
  #asked:
    | {
        readonly model: string;
        readonly entries: readonly LayerEntry[];
        readonly chain: readonly string[] | undefined;
        readonly until: number;
      }
    | undefined;
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
    if (!at?.entries.length) return void (this.#asked = undefined);
    const { chain } = at.recipe.layers;
    // The layers of a chain are shown where its models lie as one.
    if (chain && vscode.workspace.isTrusted) await composedModel(this.host, document.uri, 'where there is none');
    this.#asked = { model: at.model.toString(), entries: at.entries, chain, until: Date.now() + patienceMs };
  }

  async #follow(model: vscode.Uri): Promise<void> {
    const asked = this.#asked;
    const view = asked?.model === model.toString() ? this.host.steering.viewsOf(model).find(({ panel }) => panel.visible) : undefined;
    if (!asked || !view) return;
    this.#asked = undefined;
    if (Date.now() <= asked.until) await select(view, asked.entries, asked.chain);
  }

  dispose(): void {
    for (const disposable of this.#subscriptions) disposable.dispose();
  }
}

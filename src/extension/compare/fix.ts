import type * as vscode from 'vscode';
import type { FixView } from '../../protocol/compare-messages.ts';
import { ModelDocument } from '../editor/model-document.ts';
import type { OpenView } from '../editor/view-part.ts';

/** Actions of the model's own view that make a layer lose less. */
const remedies = ['keep-float', 'weights', 'activations'];
/** Widths that are a remedy: from 8 bits on nobody loses much. */
const wide = new Set(['8', '16', 'float']);

/** What the recipe of the first model may say of a layer that lost too much: the same actions as in the model's own view. */
export class Fixes {
  readonly #view: OpenView;

  constructor(view: Omit<OpenView, 'document'>, model: vscode.Uri) {
    this.#view = { ...view, document: new ModelDocument(model) };
  }

  /** For a layer by its index; empty for a file that is not on a disk. Throws LatheError when the model cannot be read. */
  async of(layer: number): Promise<FixView[]> {
    if (layer < 0 || this.#view.document.uri.scheme !== 'file') return [];
    const [{ currentOf }, { offered }] = await Promise.all([import('../steering/current.ts'), import('../steering/actions/index.ts')]);
    const actions = offered((await currentOf(this.#view)).context).filter(
      ({ id, layers }) => remedies.includes(id) && (!layers || layers.includes(layer)),
    );
    return actions.flatMap(({ id, title, choices }) =>
      choices
        ? choices
            .filter(({ value }) => wide.has(value))
            .map(({ label, value }) => ({ action: id, label: `${title}: ${label}`, choice: value }))
        : [{ action: id, label: title }],
    );
  }

  /** Writes it into the recipe. Throws LatheError. */
  async apply(layer: number, { action, choice }: Pick<FixView, 'action' | 'choice'>): Promise<void> {
    const { perform } = await import('../steering/perform.ts');
    await perform(this.#view, action, [layer], choice);
  }

  /** The file has changed. */
  reload(): void {
    this.#view.document.reload();
  }
}

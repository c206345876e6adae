import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { OverlayOffer, OverlayView } from '../../src/protocol/view.ts';
import type { ShownOverlay } from './overlay.ts';

/** Values of the chooser that are offers, not overlays; no id of an overlay begins so. */
const offered = '\u0000offer:';

/** Chooses what the layers are coloured by. Fires `overlay` with an id or '', and `measure` with the id of an offer. */
export class OverlayChooser extends LitElement {
  static override properties = { overlays: { attribute: false }, offers: { attribute: false }, shown: { attribute: false } };

  declare overlays: readonly OverlayView[];
  /** What can be measured here; none in an untrusted workspace or for a file that is not on a disk. */
  declare offers: readonly OverlayOffer[];
  declare shown: ShownOverlay | undefined;

  constructor() {
    super();
    this.overlays = [];
    this.offers = [];
  }

  override render(): TemplateResult | typeof nothing {
    return this.overlays.length || this.offers.length ? this.#chooser() : nothing;
  }

  #chooser(): TemplateResult {
    const id = this.shown?.view.id ?? '';
    const option = ({ id: value, label }: OverlayView): TemplateResult =>
      html`<option value=${value} ?selected=${value === id}>${visible(label)}</option>`;
    const groups = [...new Set(this.overlays.map(({ group }) => group))];
    return html`<label for="overlay">Overlay</label>
      <select id="overlay" @change=${(event: Event) => this.#chosen(event.target as HTMLSelectElement)}>
        <option value="" ?selected=${id === ''}>None</option>
        ${groups.map(
          (group) =>
            html`<optgroup label=${groupNames[group ?? 'measured']}>
              ${this.overlays.filter((overlay) => overlay.group === group).map(option)}
            </optgroup>`,
        )}
        ${
          this.offers.length
            ? html`<optgroup label="Not measured yet">
                ${this.offers.map(
                  ({ id, label, needs, action }) => html`<option value=${offered + id}>${label}: ${needs}. ${action}</option>`,
                )}
              </optgroup>`
            : nothing
        }
      </select>`;
  }

  /** An offer is no overlay: the chooser goes back to what is shown. */
  #chosen(select: HTMLSelectElement): void {
    const { value } = select;
    if (!value.startsWith(offered)) return this.#fire('overlay', value);
    select.value = this.shown?.view.id ?? '';
    this.#fire('measure', value.slice(offered.length));
  }

  #fire(name: string, detail: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = css`
    :host {
      display: flex;
      align-items: center;
      gap: 6px;
      flex: 0 1 19em;
      min-width: 0;
    }
    label {
      color: var(--vscode-descriptionForeground);
    }
    select {
      font: inherit;
      min-width: 7em;
      flex: 1;
      min-height: 26px;
      padding: 2px 4px;
      text-overflow: ellipsis;
      color: var(--vscode-dropdown-foreground);
      background: var(--vscode-dropdown-background);
      border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
      border-radius: 2px;
    }
    select:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
  `;
}

const groupNames: Record<NonNullable<OverlayView['group']>, string> = {
  measured: 'Measured',
  model: 'From the model',
  file: 'From files',
};

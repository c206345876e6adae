import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { count, visible } from '../../src/protocol/format.ts';
import type { OverlayView } from '../../src/protocol/view.ts';
import { legend, levelOf, type ShownOverlay } from './overlay.ts';
import { swatchStyles, swatch } from './swatch.ts';

/** Chooses what the layers are coloured by, and says what the colours mean. Fires `overlay` with an id or '', `worst` and `analyze`. */
export class OverlayBar extends LitElement {
  static override properties = { overlays: { attribute: false }, shown: { attribute: false }, canAnalyze: { attribute: false } };

  declare overlays: readonly OverlayView[];
  declare shown: ShownOverlay | undefined;
  /** False where nothing may run: an untrusted workspace, a file that is not on a disk. */
  declare canAnalyze: boolean;

  constructor() {
    super();
    this.overlays = [];
    this.canAnalyze = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { overlays, canAnalyze } = this;
    if (overlays.length === 0 && !canAnalyze) return nothing;
    return html`<div class="row">
        ${overlays.length ? this.#chooser() : html`<span class="soft">Which layers bear compression? Not measured yet.</span>`}
        ${canAnalyze ? html`<vscode-button secondary @click=${() => this.#fire('analyze')}>Analyze…</vscode-button>` : nothing}
      </div>
      ${this.shown ? this.#legend(this.shown) : nothing}`;
  }

  #chooser(): TemplateResult {
    const id = this.shown?.view.id ?? '';
    return html`<label for="overlay">Overlay</label>
      <select id="overlay" @change=${(event: Event) => this.#fire('overlay', (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${id === ''}>None</option>
        ${this.overlays.map(
          (overlay) => html`<option value=${overlay.id} ?selected=${overlay.id === id}>${visible(overlay.label)}</option>`,
        )}
      </select>`;
  }

  #legend({ view, values, ranking }: ShownOverlay): TemplateResult {
    const [first] = ranking;
    const level = first === undefined ? -1 : levelOf(view, values.get(first) ?? null);
    const bad = ranking.filter((index) => levelOf(view, values.get(index) ?? null) === level).length;
    return html`<div class="row ${view.stale ? 'stale' : ''}">
        <span class="legend" role="list" aria-label="Meaning of the colours">
          ${legend(view).map((entry) => html`<span role="listitem">${swatch(entry.level)} ${entry.text}</span>`)}
          ${view.unit ? html`<span role="listitem" class="soft">in ${visible(view.unit)}</span>` : nothing}
        </span>
        ${
          bad > 0
            ? html`<button type="button" title="Selects the worst layer; the key w goes to the next" @click=${() => this.#fire('worst')}>
                ${bad < ranking.length ? `worst: ${count(bad)}` : 'go to the worst'}
              </button>`
            : nothing
        }
      </div>
      <div class="row soft">
        <span>${visible(view.origin)}${view.stale ? html`. <strong>${view.stale}</strong>` : nothing}</span>
      </div>`;
  }

  #fire(name: string, detail?: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = [
    swatchStyles,
    css`
      :host {
        display: block;
        padding: 0 16px 6px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 14px;
        font-variant-numeric: tabular-nums;
        padding-bottom: 4px;
      }
      .soft,
      label {
        color: var(--vscode-descriptionForeground);
      }
      .stale .swatch {
        opacity: 0.4;
      }
      strong {
        font-weight: 600;
        color: var(--vscode-foreground);
      }
      .legend {
        display: contents; /* its entries wrap together with what stands beside them */
      }
      select {
        font: inherit;
        max-width: 100%;
        min-height: 26px;
        padding: 2px 4px;
        color: var(--vscode-dropdown-foreground);
        background: var(--vscode-dropdown-background);
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
        border-radius: 2px;
      }
      button {
        all: unset;
        cursor: pointer;
        min-height: 24px;
        padding: 0 4px;
        color: var(--vscode-textLink-foreground);
        text-decoration: underline;
      }
      select:focus-visible,
      button:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: 1px;
      }
    `,
  ];
}

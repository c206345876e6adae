import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import { levelOf, valueText, type ShownOverlay } from './overlay.ts';
import { swatch, swatchStyles } from './swatch.ts';

/** Rows at first, and as many more at a time. */
const page = 100;
/** Longer names are cut in the middle of nowhere; the row's title has more of it. */
const shownName = 120;

/**
 * Layers of an overlay, worst first. Fires `choose` with a layer's index when a row is clicked or reached by the keyboard (arrows, Home, End), and
 * `leave` on Escape.
 */
export class OverlayRanking extends LitElement {
  static override properties = {
    shown: { attribute: false },
    names: { attribute: false },
    selected: { attribute: false },
    rows: { state: true },
  };

  declare shown: ShownOverlay | undefined;
  /** Name of a layer by its index. */
  declare names: (index: number) => string;
  declare selected: number;
  declare rows: number;

  constructor() {
    super();
    this.names = (index) => `layer ${index}`;
    this.selected = -1;
    this.rows = page;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const place = this.shown?.ranking.indexOf(this.selected) ?? -1;
    if (changed.has('shown') && changed.get('shown')?.view.id !== this.shown?.view.id) this.rows = page;
    if (place >= this.rows) this.rows = Math.ceil((place + 1) / page) * page;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.shown) return nothing;
    const { view, values, ranking, notes } = this.shown;
    const rest = ranking.length - this.rows;
    return html`<div
        role="listbox"
        tabindex="0"
        aria-label="Layers, worst first"
        aria-activedescendant=${ranking.includes(this.selected) ? `row${this.selected}` : nothing}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      >
        ${ranking.slice(0, this.rows).map((index, place) => {
          const value = values.get(index) ?? null;
          const name = visible(this.names(index).slice(0, 4 * shownName));
          const note = notes.get(index);
          return html`<div
            role="option"
            id="row${index}"
            aria-selected=${index === this.selected}
            title=${note === undefined ? name : `${name}\n${visible(note)}`}
            @click=${() => this.#choose(index)}
          >
            <span class="place">${place + 1}</span>
            <span class="name">${name.slice(0, shownName)}${note === undefined ? nothing : html`<small>${visible(note)}</small>`}</span>
            <span class="value">${swatch(levelOf(view, value))} ${visible(valueText(view, value))}</span>
          </div>`;
        })}
      </div>
      ${rest > 0 ? html`<button type="button" @click=${() => (this.rows += page)}>Show more of the other ${rest}</button>` : nothing}`;
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('[role=listbox]')?.focus();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('selected')) this.renderRoot.querySelector(`#row${this.selected}`)?.scrollIntoView({ block: 'nearest' });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.dispatchEvent(new CustomEvent('leave'));
    const { ranking } = this.shown!;
    const at = ranking.indexOf(this.selected);
    const last = ranking.length - 1;
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#choose(ranking[Math.min(last, Math.max(0, target))]!);
  }

  #choose(index: number): void {
    this.dispatchEvent(new CustomEvent('choose', { detail: index }));
  }

  static override styles = [
    swatchStyles,
    css`
      :host {
        display: block;
        overflow: auto;
        font-variant-numeric: tabular-nums;
      }
      [role='option'] {
        display: grid;
        grid-template-columns: 3em minmax(0, 1fr) max-content;
        gap: 10px;
        padding: 2px 8px;
        cursor: pointer;
      }
      [role='option']:hover {
        background: var(--vscode-list-hoverBackground);
        outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      [role='option'][aria-selected='true'] {
        background: var(--vscode-list-activeSelectionBackground);
        color: var(--vscode-list-activeSelectionForeground);
        outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      [role='listbox']:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      .place {
        text-align: right;
        opacity: 0.8;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      small {
        display: block;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      button {
        all: unset;
        cursor: pointer;
        padding: 4px 8px;
        color: var(--vscode-textLink-foreground);
        text-decoration: underline;
      }
      button:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
    `,
  ];
}

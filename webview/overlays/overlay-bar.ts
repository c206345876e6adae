import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { count, visible } from '../../src/protocol/format.ts';
import type { OverlayView } from '../../src/protocol/view.ts';
import type { ShownOverlay } from './overlay.ts';
import { scalesOf, type ScaleKind } from './scale.ts';

const scaleNames: Record<ScaleKind, string> = { own: 'as it comes', steps: 'five equal parts', linear: 'even', log: 'logarithmic' };

/**
 * Says what the colours of the shown overlay mean, in one line. Fires `scale` with a ScaleKind, `worst`, `choose` with the index of a layer of the
 * ranked list, which opens above it, and `forget` with the id of an overlay from a file.
 */
export class OverlayBar extends LitElement {
  static override properties = {
    overlays: { attribute: false },
    shown: { attribute: false },
    names: { attribute: false },
    selected: { attribute: false },
    ranked: { state: true },
  };

  declare overlays: readonly OverlayView[];
  declare shown: ShownOverlay | undefined;
  /** Name of a layer by its index. */
  declare names: (index: number) => string;
  /** Index of the selected layer. */
  declare selected: number;
  /** The ranked list is open. */
  declare ranked: boolean;

  constructor() {
    super();
    this.overlays = [];
    this.names = (index) => `layer ${index}`;
    this.selected = -1;
    this.ranked = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { shown } = this;
    if (!shown) return nothing;
    return html`${shown.view.stale ? html`<div class="stale"><strong>${visible(shown.view.stale)}</strong></div>` : nothing}
      <div class="row">${this.#about(shown)} <lathe-overlay-legend .shown=${shown}></lathe-overlay-legend> ${this.#tools(shown)}</div>
      ${this.ranked ? this.#ranking(shown) : nothing}`;
  }

  #tools({ view, ranking, bad, scale }: ShownOverlay): TemplateResult {
    const own = this.overlays.find(({ id }) => id === view.id);
    const scales = own ? scalesOf(own) : [];
    return html`${
        scales.length > 1
          ? html`<select
              id="scale"
              aria-label="Scale"
              title="Scale of the colours"
              @change=${(event: Event) => this.#fire('scale', (event.target as HTMLSelectElement).value)}
            >
              ${scales.map((kind) => html`<option value=${kind} ?selected=${kind === scale}>${scaleNames[kind]}</option>`)}
            </select>`
          : nothing
      }
      ${
        bad > 0
          ? html`<button type="button" title="Selects the worst layer; the key w goes to the next" @click=${() => this.#fire('worst')}>
              ${bad < ranking.length ? `worst: ${count(bad)}` : 'go to the worst'}
            </button>`
          : nothing
      }
      <button type="button" aria-expanded=${this.ranked} @click=${() => this.#toggleRanking()}>ranked list</button>
      ${
        own?.removable
          ? html`<button type="button" title="The file itself stays where it is" @click=${() => this.#fire('forget', own.id)}>
              remove
            </button>`
          : nothing
      }`;
  }

  #about({ view }: ShownOverlay): TemplateResult {
    const origin = visible(view.origin);
    const { summary } = view;
    return html`<span class="about" title=${summary ? `${visible(summary)}\n${origin}` : origin}>
      ${summary ? html`<strong>${visible(summary)}</strong>` : origin}
    </span>`;
  }

  #ranking(shown: ShownOverlay): TemplateResult {
    return html`<lathe-overlay-ranking
      .shown=${shown}
      .names=${this.names}
      .selected=${this.selected}
      @choose=${(event: CustomEvent<number>) => this.#fire('choose', event.detail)}
      @leave=${() => this.#toggleRanking()}
    ></lathe-overlay-ranking>`;
  }

  #toggleRanking(): void {
    this.ranked = !this.ranked;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(this.ranked ? 'lathe-overlay-ranking' : 'button[aria-expanded]')?.focus(),
    );
  }

  #fire(name: string, detail?: string | number): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = css`
    :host {
      display: block;
      position: relative;
      min-width: 0;
    }
    .row {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      justify-content: flex-end;
      gap: 2px 12px;
      font-variant-numeric: tabular-nums;
    }
    .about {
      flex: 1 1 8em;
      contain: inline-size; /* however long, it takes what is left of the row */
      text-align: right;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .stale {
      text-align: right;
      overflow-wrap: anywhere;
    }
    .about {
      color: var(--vscode-descriptionForeground);
    }
    strong {
      font-weight: 600;
      color: var(--vscode-foreground);
    }
    select {
      font: inherit;
      max-width: min(100%, 30em);
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
    lathe-overlay-ranking {
      position: absolute;
      z-index: 10;
      bottom: 100%;
      right: 0;
      width: min(46em, 94vw);
      max-height: 50vh;
      box-sizing: border-box;
      padding: 4px 0;
      color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
      background: var(--vscode-editorWidget-background, var(--vscode-editor-background));
      border: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      border-radius: 4px;
      box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
    }
  `;
}

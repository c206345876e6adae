import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import type { LayerDetail, ModelView, OverlayOffer, OverlayView, ProblemView } from '../../src/protocol/view.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import { channel, keepState, keptState } from '../host.ts';
import { arrange, type Order } from './filter.ts';
import type { Channels } from '../detail/layer-detail.ts';
import type { LayerTable } from './layer-table.ts';
import { headerStyles, modelHeader } from './model-header.ts';
import { nextWorst, shownOverlay, type ShownOverlay } from '../overlays/overlay.ts';
import { overlayPaint } from '../overlays/paint.ts';
import type { ScaleKind } from '../overlays/scale.ts';

/** What the editor remembers while its tab is hidden or the window is reloaded. */
interface Kept {
  query: string;
  order: Order;
  selected: number;
  top: number;
  /** Id of the overlay that is shown; empty: none is wanted; undefined: nobody has chosen, the newest is shown. */
  overlay: string | undefined;
}

/** The model editor: header, inputs and outputs, table of layers, details of the selected one. */
export class ModelApp extends LitElement {
  static override properties = {
    model: { state: true },
    graph: { state: true },
    problem: { state: true },
    kept: { state: true },
    detail: { state: true },
    failure: { state: true },
    overlays: { state: true },
    canAnalyze: { state: true },
    offers: { state: true },
    channels: { state: true },
  };

  declare model: ModelView | undefined;
  declare graph: DrawableGraph | undefined;
  declare problem: ProblemView | undefined;
  declare kept: Kept;
  declare detail: LayerDetail | undefined;
  declare failure: string | undefined;
  declare overlays: readonly OverlayView[];
  declare canAnalyze: boolean;
  declare offers: readonly OverlayOffer[];
  declare channels: Channels | undefined;
  #shown: ShownOverlay | undefined;

  constructor() {
    super();
    this.kept = keptState<Kept>({ query: '', order: inModelOrder, selected: -1, top: 0, overlay: undefined });
    this.overlays = [];
    this.canAnalyze = false;
    this.offers = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(modelMessages.show, ({ model, graph }) => {
      this.graph = graph;
      this.problem = undefined;
      this.model = model;
      this.detail = undefined;
      this.channels = undefined;
      if (this.kept.selected >= model.layers.length) this.#keep({ selected: -1 });
      void this.#askDetail();
    });
    channel.onNotice(modelMessages.problem, (problem) => {
      this.model = undefined;
      this.problem = problem;
    });
    channel.onNotice(modelMessages.overlays, ({ overlays, offers, canAnalyze, show }) => {
      this.overlays = overlays;
      this.offers = offers;
      this.canAnalyze = canAnalyze;
      this.#choose(show ?? this.kept.overlay ?? overlays[0]?.id, show !== undefined);
    });
    window.addEventListener('keydown', this.#onKey);
    channel.tell(modelMessages.ready, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#onKey);
  }

  override render(): TemplateResult {
    if (this.problem) return this.#problemPage(this.problem);
    if (!this.model) return html`<p class="page" role="status">Reading the model…</p>`;
    const shown = arrange(this.model.layers, this.kept.query, this.kept.order, this.#shown);
    const all = this.model.layers.length;
    return html`
      ${modelHeader(this.model)}
      <div class="bar">
        <label for="search" class="hidden">Find layers</label>
        <input
          id="search"
          type="search"
          placeholder="Find: name, operator, macs>1M, op:Conv, -Linear …"
          spellcheck="false"
          .value=${this.kept.query}
          @input=${(event: InputEvent) => this.#keep({ query: (event.target as HTMLInputElement).value, top: 0 })}
          @keydown=${(event: KeyboardEvent) => this.#onSearchKey(event)}
        />
        <span role="status">${shown.length === all ? `${exact(all)} layers` : `${exact(shown.length)} of ${exact(all)} layers`}</span>
      </div>
      <lathe-overlay-bar
        .overlays=${this.overlays}
        .shown=${this.#shown}
        .offers=${this.offers}
        .names=${(index: number) => this.model?.layers[index]?.name ?? ''}
        .selected=${this.kept.selected}
        @overlay=${(event: CustomEvent<string>) => this.#choose(event.detail, event.detail !== '')}
        @scale=${(event: CustomEvent<ScaleKind>) => this.#choose(this.kept.overlay, false, event.detail)}
        @worst=${() => this.#goTo(this.#shown?.ranking[0])}
        @choose=${(event: CustomEvent<number>) => this.#goTo(event.detail)}
        @measure=${(event: CustomEvent<string>) => channel.tell(modelMessages.measure, { id: event.detail })}
        @forget=${(event: CustomEvent<string>) => channel.tell(modelMessages.forget, { id: event.detail })}
      ></lathe-overlay-bar>
      <main>
        <lathe-graph .graph=${this.graph} .paint=${this.#shown && overlayPaint(this.#shown, all)}></lathe-graph>
        <lathe-layer-table
          .layers=${shown}
          .overlay=${this.#shown}
          .order=${this.kept.order}
          .selected=${this.kept.selected}
          .largest=${largest(this.model)}
          @order=${(event: CustomEvent<Order>) => this.#keep({ order: event.detail })}
          @choose=${(event: CustomEvent<number>) => this.#select(event.detail)}
          @rest=${(event: CustomEvent<number>) => this.#keep({ top: event.detail })}
        ></lathe-layer-table>
        <aside aria-label="Selected layer" tabindex="0">
          <lathe-layer-detail
            .layer=${this.model.layers[this.kept.selected]}
            .detail=${this.detail}
            .failure=${this.failure}
            .overlays=${this.overlays}
            .channels=${this.channels}
            .canAnalyze=${this.canAnalyze}
            @channels=${() => void this.#askChannels()}
          ></lathe-layer-detail>
        </aside>
      </main>
    `;
  }

  override updated(changed: PropertyValues<this>): void {
    // The place in the table comes back when the table is there for the first time.
    if (changed.has('model') && this.model && this.kept.top) {
      const { top } = this.kept;
      void this.#table?.updateComplete.then(() => this.#table?.restore(top));
    }
  }

  get #table(): LayerTable | null {
    return this.renderRoot.querySelector<LayerTable>('lathe-layer-table');
  }

  #keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    keepState(this.kept);
  }

  #select(index: number): void {
    if (index !== this.kept.selected) this.channels = undefined;
    this.#keep({ selected: index });
    void this.#askDetail();
  }

  /** Shows an overlay, or none where there is no such; `sort` brings its worst layers to the top. */
  #choose(id: string | undefined, sort: boolean, scale?: ScaleKind): void {
    const view = this.overlays.find((overlay) => overlay.id === id);
    this.#shown = view && shownOverlay(view, scale);
    const sortedByIt = this.kept.order.column === 'measured';
    const order: Order = view && sort ? { column: 'measured', descending: false } : !view && sortedByIt ? inModelOrder : this.kept.order;
    this.#keep({ overlay: view || id === '' ? id : undefined, order });
  }

  /** Selects a layer and brings it into sight; takes the search away when that hides it. */
  #goTo(index: number | undefined): void {
    if (index === undefined || !this.model) return;
    const seen = this.#table?.layers.some((layer) => layer.index === index);
    if (!seen) this.#keep({ query: '' });
    this.#select(index);
    void this.updateComplete.then(() => this.#table?.reveal(true));
  }

  async #askChannels(): Promise<void> {
    const index = this.kept.selected;
    this.channels = 'asking';
    const answer = await channel.ask(modelMessages.channels, { index, overlay: this.kept.overlay ?? '' }).catch((error: unknown) => ({
      failure: error instanceof Error ? error.message : String(error),
    }));
    if (index === this.kept.selected) this.channels = answer;
  }

  async #askDetail(): Promise<void> {
    const index = this.kept.selected;
    this.failure = undefined;
    if (index < 0) return;
    try {
      const detail = await channel.ask(modelMessages.detail, { index });
      if (index === this.kept.selected) this.detail = detail; // otherwise another layer was chosen meanwhile
    } catch (error) {
      this.detail = undefined;
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const command = event.ctrlKey || event.metaKey || event.altKey;
    const find = event.key.toLowerCase() === 'f' && (event.ctrlKey || event.metaKey);
    const typing = event.composedPath().some((target) => target instanceof HTMLInputElement || target instanceof HTMLSelectElement);
    if (event.key.toLowerCase() === 'w' && !command && !typing && this.#shown) {
      event.preventDefault();
      return this.#goTo(nextWorst(this.#shown, this.kept.selected, event.shiftKey ? -1 : 1));
    }
    if (!find && (event.key !== '/' || typing)) return;
    event.preventDefault();
    this.renderRoot.querySelector<HTMLInputElement>('#search')?.select();
    this.renderRoot.querySelector<HTMLInputElement>('#search')?.focus();
  };

  #onSearchKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#keep({ query: '', top: 0 });
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const shown = this.#table?.layers ?? [];
    if (!shown.some((layer) => layer.index === this.kept.selected) && shown[0]) this.#select(shown[0].index);
    void this.updateComplete.then(() => this.#table?.reveal(true));
  }

  #problemPage(problem: ProblemView): TemplateResult {
    const { action } = problem;
    return html`<div class="page" role="alert">
      <p class="message">${problem.message}</p>
      ${problem.hint ? html`<p>${problem.hint}</p>` : nothing}
      ${
        action
          ? html`<vscode-button @click=${() => channel.tell(modelMessages.act, { id: action.id })}>${action.label}</vscode-button>`
          : nothing
      }
    </div>`;
  }

  static override styles = [
    headerStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100vh;
        box-sizing: border-box;
        overflow: auto;
      }
      .page {
        padding: 24px;
        max-width: 46em;
        overflow-wrap: anywhere;
      }
      .message {
        font-size: 1.15em;
      }
      .bar {
        display: flex;
        gap: 12px;
        align-items: center;
        padding: 8px 16px;
        color: var(--vscode-descriptionForeground);
      }
      .bar span {
        white-space: nowrap;
      }
      .bar input {
        flex: 0 1 32em;
        min-width: 8em;
        box-sizing: border-box;
        font: inherit;
        padding: 3px 6px;
        color: var(--vscode-input-foreground);
        background: var(--vscode-input-background);
        border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
        border-radius: 2px;
      }
      .bar input::placeholder {
        color: var(--vscode-input-placeholderForeground);
        opacity: 1;
      }
      .bar input:focus-visible,
      aside:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      main {
        flex: 1;
        min-height: 240px; /* in a low window the page scrolls */
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) clamp(220px, 27%, 420px);
        border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      aside {
        overflow: auto;
        padding: 10px 14px;
        border-left: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      @media (max-width: 640px) {
        main {
          grid-template-columns: minmax(0, 1fr);
          grid-template-rows: minmax(0, 3fr) minmax(0, 2fr);
        }
        aside {
          border-left: none;
          border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
        }
      }
      .hidden {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
    `,
  ];
}

const inModelOrder: Order = { column: 'index', descending: false };
const exact = (value: number): string => value.toLocaleString('en');

function largest(model: ModelView): { parameters: number; macs: number } {
  let [parameters, macs] = [1, 1];
  for (const layer of model.layers) {
    parameters = Math.max(parameters, layer.parameters);
    macs = Math.max(macs, layer.macs ?? 0);
  }
  return { parameters, macs };
}

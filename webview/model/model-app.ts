import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ProblemView } from '../../src/protocol/view.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { Camera, GraphView } from '../graph/graph-view.ts';
import { channel, keepState, keptState } from '../host.ts';
import type { ScaleKind } from '../overlays/scale.ts';
import { SteeringController } from '../steering/index.ts';
import { appStyles } from './app-styles.ts';
import { commandOf, runCommand, type Commander, type CommandId } from './commands.ts';
import { DetailSource } from './detail-source.ts';
import { facts } from './facts.ts';
import type { Help } from './help.ts';
import type { LayerTable, MenuWish } from './layer-table.ts';
import { moreEntries, nodeEntries } from './menu-entries.ts';
import type { Menu } from './menu.ts';
import { aboutModel, remarksOf, severalSelected } from './model-about.ts';
import type { Order } from './order.ts';
import { emptyPage, loadingPage, problemPage } from './pages.ts';
import type { SearchBox } from './search/search-box.ts';
import { Session, type ShownModel } from './session.ts';
import { sums } from './table-cells.ts';
import { modes, type Mode } from './view-state.ts';

/** Wider than this, what stands beside the graph stands beside it, not beneath. CSS pixels; as in the styles. */
const narrow = 700;
/** A part keeps at least this much room. CSS pixels. */
const leastSize = 120;
const zoomStep = 1.25;

/** The model editor: tools, the graph, the table of layers, a panel for what is selected, facts. */
export class ModelApp extends LitElement implements Commander {
  static override properties = { problem: { state: true }, modelPanel: { state: true }, isNarrow: { state: true } };

  declare problem: ProblemView | undefined;
  /** The panel shows the model though something is selected. */
  declare modelPanel: boolean;
  declare isNarrow: boolean;
  readonly session = new Session(
    () => this.requestUpdate(),
    (kept) => keepState(kept),
  );
  readonly #details = new DetailSource(channel, () => this.requestUpdate());
  readonly #steering = new SteeringController(this, channel);
  readonly #sizes = new ResizeObserver(() => (this.isNarrow = this.clientWidth <= narrow));
  /** The graph is made when it is first wanted: a person who works in the table pays nothing for it. */
  #graphWanted = false;

  constructor() {
    super();
    this.modelPanel = false;
    this.isNarrow = false;
    this.session.state.restore(keptState({}));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sizes.observe(this);
    this.#listen();
    window.addEventListener('keydown', this.#onKey);
    channel.tell(modelMessages.ready, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
    window.removeEventListener('keydown', this.#onKey);
  }

  #listen(): void {
    const { session } = this;
    channel.onNotice(modelMessages.show, ({ model, graph }) => {
      this.problem = undefined;
      session.show(model, graph);
      this.#details.forget();
      this.#steering.reselect();
      this.#selected();
    });
    channel.onNotice(modelMessages.problem, (problem) => {
      session.hide();
      this.problem = problem;
    });
    channel.onNotice(modelMessages.overlays, ({ overlays, offers, canAnalyze, show }) =>
      session.takeOverlays(overlays, offers, canAnalyze, show),
    );
    channel.onNotice(modelMessages.reveal, ({ layers }) => this.#goTo(layers));
  }

  override render(): TemplateResult {
    if (this.problem) return problemPage(this.problem, (id) => channel.tell(modelMessages.act, { id }));
    const { session } = this;
    const { shown } = session;
    if (!shown) return loadingPage();
    const { mode, panel } = session.state.kept;
    this.#graphWanted ||= mode !== 'table';
    return html`
      ${this.#toolbar(shown)}
      <lathe-jobs .state=${this.#steering.state}></lathe-jobs>
      ${session.mark ? this.#markLine(session.mark.text) : nothing}
      <main class="parts">
        <div class="middle ${mode}">${shown.graph.nodes.length === 0 ? emptyPage(() => this.about()) : this.#middle(mode)}</div>
        ${panel && this.#panelHasRoom ? this.#panel(shown) : nothing}
      </main>
      <footer>${facts(shown.model)} ${this.#overlayBar(shown)}</footer>
      <lathe-menu></lathe-menu>
      <lathe-help></lathe-help>
      <div class="hidden" role="status" aria-live="polite">${session.said}</div>
    `;
  }

  #toolbar({ model, graph }: ShownModel): TemplateResult {
    const { session } = this;
    const { query, mode, panel } = session.state.kept;
    return html`<lathe-toolbar
      .mode=${mode}
      .panel=${panel}
      .runs=${this.#steering.modelEntries()}
      .entries=${moreEntries(this)}
      .remarks=${remarksOf(model, graph).length}
      @command=${(event: CustomEvent<CommandId>) => runCommand(event.detail, this)}
    >
      <lathe-overlay-chooser
        slot="overlay"
        .overlays=${session.overlays}
        .shown=${session.overlay}
        .offers=${session.offers}
        @overlay=${(event: CustomEvent<string>) => session.chooseOverlay(event.detail)}
        @measure=${(event: CustomEvent<string>) => channel.tell(modelMessages.measure, { id: event.detail })}
      ></lathe-overlay-chooser>
      <lathe-search
        slot="search"
        .query=${query}
        .found=${session.found}
        @query=${(event: CustomEvent<string>) => session.search(event.detail)}
        @step=${(event: CustomEvent<1 | -1>) => this.step(event.detail)}
        @leave=${() => this.#focusContent()}
      ></lathe-search>
    </lathe-toolbar>`;
  }

  #overlayBar({ model }: ShownModel): TemplateResult {
    const { session } = this;
    return html`<lathe-overlay-bar
      .overlays=${session.overlays}
      .shown=${session.overlay}
      .names=${(index: number) => model.layers[index]?.name ?? ''}
      .selected=${session.state.leading}
      @scale=${(event: CustomEvent<ScaleKind>) => session.chooseOverlay(session.overlay?.view.id ?? '', event.detail)}
      @worst=${() => this.#goTo(session.overlay?.ranking.slice(0, 1))}
      @choose=${(event: CustomEvent<number>) => this.#goTo([event.detail])}
      @forget=${(event: CustomEvent<string>) => channel.tell(modelMessages.forget, { id: event.detail })}
    ></lathe-overlay-bar>`;
  }

  #markLine(text: string): TemplateResult {
    return html`<div class="markline">
      <span>${text}</span>
      <button type="button" class="tool" title="Clear highlight (Escape)" @click=${() => this.mark('none')}>Clear</button>
    </div>`;
  }

  #middle(mode: Mode): TemplateResult {
    const { session } = this;
    const { state } = session;
    const most = (this.isNarrow ? this.clientHeight : this.clientWidth) - 2 * leastSize;
    const size = Math.min(state.kept.tableSize, Math.max(leastSize, most));
    const splitter = html`<lathe-splitter
      .side=${this.isNarrow ? 'bottom' : 'left'}
      .size=${size}
      .least=${leastSize}
      .most=${most}
      .label=${'Size of the table'}
      @resize=${(event: CustomEvent<number>) => state.keep({ tableSize: event.detail })}
      @toggle=${() => this.show('graph')}
    ></lathe-splitter>`;
    const table = html`<lathe-layer-table
      .style=${mode === 'both' ? `${this.isNarrow ? 'height' : 'width'}: ${size}px` : ''}
      .content=${mode === 'graph' ? undefined : session.content}
      .rows=${mode === 'graph' ? [] : session.rows}
      .order=${state.kept.order}
      .selected=${state.selected}
      @order=${(event: CustomEvent<Order>) => state.keep({ order: event.detail })}
      @select=${(event: CustomEvent<number[]>) => this.#select(event.detail, 'table')}
      @fold=${this.#onFold}
      @menu=${(event: CustomEvent<MenuWish>) => this.#openMenu(event.detail)}
      @enter=${() => this.#enterGraph()}
      @rest=${(event: CustomEvent<number>) => state.keepQuietly({ top: event.detail })}
    ></lathe-layer-table>`;
    const graph = this.#graphWanted
      ? html`<lathe-graph
          .graph=${session.shown?.graph}
          .open=${state.open}
          .selected=${state.selected}
          .marked=${session.marked}
          .paint=${session.paint}
          .camera=${state.kept.camera}
          @select=${(event: CustomEvent<number[]>) => this.#select(event.detail, 'graph')}
          @fold=${this.#onFold}
          @camera=${(event: CustomEvent<Camera>) => state.keepQuietly({ camera: event.detail })}
          @menu=${(event: CustomEvent<MenuWish>) => this.#openMenu(event.detail)}
        ></lathe-graph>`
      : nothing;
    return this.isNarrow ? html`${graph}${splitter}${table}` : html`${table}${splitter}${graph}`;
  }

  #panel(shown: ShownModel): TemplateResult {
    const { state } = this.session;
    const most = (this.isNarrow ? this.clientHeight : this.clientWidth) - 2 * leastSize;
    const size = Math.min(state.kept.panelSize, Math.max(leastSize, most));
    return html`<lathe-splitter
        .side=${this.isNarrow ? 'bottom' : 'right'}
        .size=${size}
        .least=${leastSize}
        .most=${most}
        .label=${'Size of the side panel'}
        @resize=${(event: CustomEvent<number>) => state.keep({ panelSize: event.detail })}
        @toggle=${() => this.togglePanel()}
      ></lathe-splitter>
      <aside aria-label="Details" tabindex="0" .style=${`${this.isNarrow ? 'height' : 'width'}: ${size}px`}>
        ${this.#inPanel(shown)}
      </aside>`;
  }

  #inPanel({ model, graph }: ShownModel): TemplateResult {
    const { session } = this;
    const { selected, leading } = session.state;
    const layers = session.selectedLayers;
    if (this.modelPanel || selected.length === 0) {
      const back = html`<button type="button" class="tool back" @click=${() => (this.modelPanel = false)}>Back to the selection</button>`;
      return html`${this.modelPanel && selected.length ? back : nothing}${aboutModel(model, graph)}`;
    }
    const recipe = html`<lathe-recipe-setting .state=${this.#steering.state} .layers=${layers}></lathe-recipe-setting>`;
    if (selected.length > 1) return html`${severalSelected(sums(selected, model.layers), selected.length)}${recipe}`;
    const { detail, failure, channels } = this.#details;
    return html`<lathe-layer-detail
        .layer=${model.layers[leading]}
        .detail=${detail}
        .failure=${failure}
        .overlays=${session.overlays}
        .channels=${channels}
        .canAnalyze=${session.canAnalyze}
        @channels=${() => void this.#details.askChannels(session.overlay?.view.id ?? '')}
      ></lathe-layer-detail>
      ${recipe}`;
  }

  override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.#steering.select(this.session.selectedLayers);
  }

  get #graph(): GraphView | null {
    return this.renderRoot.querySelector<GraphView>('lathe-graph');
  }

  get #table(): LayerTable | null {
    return this.renderRoot.querySelector<LayerTable>('lathe-layer-table');
  }

  /** In a narrow window the panel comes with a selection. */
  get #panelHasRoom(): boolean {
    return !this.isNarrow || this.modelPanel || this.session.state.selected.length > 0;
  }

  get #mode(): Mode {
    return this.session.state.kept.mode;
  }

  /** A selection made in one part is brought into sight in the other. */
  #select(ids: readonly number[], from: 'graph' | 'table'): void {
    this.session.select(ids);
    this.#selected();
    void this.updateComplete.then(() => {
      const { leading } = this.session.state;
      if (from === 'graph') this.#table?.reveal(false);
      else if (leading >= 0 && this.#mode === 'both') this.#graph?.reveal(leading);
    });
  }

  #selected(): void {
    this.modelPanel = false;
    const { selected, leading } = this.session.state;
    void this.#details.ask(selected.length === 1 && this.session.selectedLayers.length === 1 ? leading : -1);
  }

  /** Selects nodes and brings the last into sight, wherever it is. */
  #goTo(ids: readonly number[] | undefined): void {
    if (!ids?.length) return;
    this.session.goTo(ids);
    this.#selected();
    void this.updateComplete.then(() => {
      this.#table?.reveal(false);
      this.#graph?.reveal(ids.at(-1)!);
    });
  }

  #enterGraph(): void {
    if (this.#mode === 'table') this.show('both');
    void this.updateComplete.then(() => {
      this.#graph?.focus();
      this.#graph?.reveal(this.session.state.leading);
    });
  }

  #focusContent(): void {
    if (this.#mode === 'table') this.#table?.reveal(true);
    else this.#graph?.focus();
  }

  readonly #onFold = ({ detail: { group, open } }: CustomEvent<{ group: number; open: boolean }>): void =>
    this.session.state.fold(group, open);

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !this.session.shown) return;
    const typing = event.composedPath().some((target) => target instanceof HTMLInputElement || target instanceof HTMLSelectElement);
    const id = commandOf(event);
    if (!id || (typing && event.key.length === 1 && !event.ctrlKey && !event.metaKey) || (typing && id === 'copy')) return;
    if (id === 'copy' && !document.getSelection()?.isCollapsed) return;
    event.preventDefault();
    runCommand(id, this);
  };

  #openMenu({ node, group, x, y }: MenuWish): void {
    const menu = this.renderRoot.querySelector<Menu>('lathe-menu');
    void menu?.openAt(nodeEntries(this, { node, group }, this.#steering.layerEntries(this.session.selectedLayers)), { x, y }, 'Actions');
  }

  // Commands

  fit(): void {
    this.#graph?.fit();
  }

  zoom(by: 1 | -1): void {
    this.#graph?.zoomBy(zoomStep ** by);
  }

  show(mode: Mode | 'next'): void {
    const order: Mode[] = ['graph', 'both', 'table'];
    const next = mode === 'next' ? order[(order.indexOf(this.#mode) + 1) % modes.length]! : mode;
    this.session.state.keep({ mode: next });
    void this.updateComplete.then(() => {
      this.#table?.reveal(next === 'table');
      if (next === 'graph') this.#graph?.focus();
    });
  }

  togglePanel(): void {
    this.session.state.keep({ panel: !this.session.state.kept.panel });
  }

  find(): void {
    this.renderRoot.querySelector<SearchBox>('lathe-search')?.focus();
  }

  step(by: 1 | -1): void {
    const match = this.session.nextMatch(by);
    if (match !== undefined) this.#goTo([match]);
  }

  worst(by: 1 | -1): void {
    const node = this.session.nextWorst(by);
    if (node !== undefined) this.#goTo([node]);
  }

  travel(by: 1 | -1): void {
    if (by < 0) this.#graph?.back();
    else this.#graph?.forward();
  }

  foldAll(open: boolean): void {
    this.session.foldAll(open);
  }

  mark(what: 'inputs' | 'outputs' | 'path' | 'none'): void {
    this.session.markFromSelection(what);
  }

  copyNames(): void {
    const { shown, state } = this.session;
    const names = state.selected.map((id) => shown?.graph.nodes[id]?.name ?? '');
    if (names.length) void navigator.clipboard.writeText(names.join('\n'));
  }

  menu(): void {
    const { leading, selected } = this.session.state;
    if (selected.length) this.#openMenu({ node: leading, group: -1, x: this.clientWidth / 3, y: this.clientHeight / 3 });
  }

  compare(): void {
    channel.tell(modelMessages.compare, null);
  }

  save(_form: 'svg' | 'png'): void {}

  about(): void {
    this.modelPanel = true;
    if (!this.session.state.kept.panel) this.togglePanel();
  }

  help(): void {
    this.renderRoot.querySelector<Help>('lathe-help')?.open();
  }

  static override styles = appStyles;
}

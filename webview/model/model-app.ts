import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ProblemView } from '../../src/protocol/view.ts';
import type { Notice } from '../../src/protocol/transport.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { Camera } from '../graph/graph-view.ts';
import { channel } from '../host.ts';
import { icon } from '../icon.ts';
import type { ScaleKind } from '../overlays/scale.ts';
import { SteeringController } from '../steering/index.ts';
import { appStyles } from './app-styles.ts';
import { commandOf, runCommand, type CommandId } from './commands.ts';
import { DetailSource } from './detail-source.ts';
import { facts } from './facts.ts';
import { FileDrop } from './file-drop.ts';
import type { MenuWish } from './layer-table.ts';
import { Memory } from './memory.ts';
import { moreEntries } from './menu-entries.ts';
import type { MenuEntry } from './menu.ts';
import { aboutModel, endSelected, remarksOf, severalSelected } from './model-about.ts';
import type { Order } from './order.ts';
import { PageActions, type Page } from './page-actions.ts';
import { emptyPage, loadingPage, problemPage } from './pages.ts';
import { Session, type ShownModel } from './session.ts';
import { sums } from './table-cells.ts';
import type { Mode } from './view-state.ts';

/** Wider than this, what stands beside the graph stands beside it, not beneath. CSS pixels; as in the styles. */
const narrow = 700;
/** A part keeps at least this much room. CSS pixels. */
const leastSize = 120;
/** Of the room of graph and table together, until someone moves the border between them. */
const tableShare = 0.42;

/** The model editor: tools, the graph, the table of layers, a panel for what is selected, facts. */
export class ModelApp extends LitElement implements Page {
  static override properties = {
    problem: { state: true },
    notice: { state: true },
    limited: { state: true },
    modelPanel: { state: true },
    isNarrow: { state: true },
  };

  declare problem: ProblemView | undefined;
  /** What a person should know of what was just done. */
  declare notice: string | undefined;
  /** Why nothing can be run here. */
  declare limited: { sentence: string; trust: boolean } | null;
  /** The panel shows the model though something is selected. */
  declare modelPanel: boolean;
  declare isNarrow: boolean;
  readonly session = new Session(
    () => this.requestUpdate(),
    (kept) => this.#memory.keep(kept),
  );
  readonly #memory = new Memory(channel);
  /** Nothing is shown before it is known how: a picture that jumps is worse than one that comes a moment later. */
  readonly #restored = this.#memory.restore().then((kept) => this.session.state.restore(kept));
  readonly #actions = new PageActions(this, channel);
  readonly #details = new DetailSource(channel, () => this.requestUpdate());
  readonly #steering = new SteeringController(this, channel);
  readonly #drop = new FileDrop(
    this,
    async (file) => {
      const [first] = await channel.ask(modelMessages.drop, file);
      this.notice = undefined;
      if (first !== undefined) this.session.chooseOverlay(first);
    },
    (why) => (this.notice = why),
  );
  readonly #sizes = new ResizeObserver(() => (this.isNarrow = this.clientWidth <= narrow));
  /** The graph is made when it is first wanted: a person who works in the table pays nothing for it. */
  #graphWanted = false;

  constructor() {
    super();
    this.modelPanel = false;
    this.limited = null;
    this.isNarrow = false;
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
    const on = <Body>(message: Notice<Body>, handle: (body: Body) => void): void =>
      channel.onNotice(message, (body) => void this.#restored.then(() => handle(body)));
    on(modelMessages.show, ({ model, graph }) => {
      this.problem = undefined;
      session.show(model, graph);
      this.#details.forget();
      this.#steering.reselect();
      this.selected();
      void this.updateComplete.then(() => this.#actions.table?.restore(session.state.kept.top));
    });
    on(modelMessages.problem, (problem) => {
      session.hide();
      this.problem = problem;
    });
    on(modelMessages.overlays, ({ overlays, offers, canAnalyze, show }) => session.takeOverlays(overlays, offers, canAnalyze, show));
    on(modelMessages.limited, (limited) => (this.limited = limited));
    on(modelMessages.reveal, ({ layers }) => this.#actions.goTo(layers));
    on(modelMessages.command, ({ id }) => session.shown && runCommand(id, this.#actions));
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
      ${this.limited ? this.#limits(this.limited) : nothing}
      ${session.mark ? this.#line(session.mark.text, 'Clear', () => this.#actions.mark('none')) : nothing}
      ${this.notice ? this.#line(this.notice, 'Close', () => (this.notice = undefined)) : nothing}
      <main class="parts">
        <div class="middle ${mode}">${shown.graph.nodes.length === 0 ? emptyPage(() => this.#actions.about()) : this.#middle(mode)}</div>
        ${panel && this.#panelHasRoom ? this.#panel(shown) : nothing}
      </main>
      <footer>${facts(shown.model)} ${this.#overlayBar(shown)}</footer>
      ${this.#drop.over ? html`<p class="dropping">Drop a file with figures of layers to colour them</p>` : nothing}
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
      .entries=${moreEntries(this.#actions)}
      .remarks=${remarksOf(model, graph).length}
      @command=${(event: CustomEvent<CommandId>) => runCommand(event.detail, this.#actions)}
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
        @step=${(event: CustomEvent<1 | -1>) => this.#actions.step(event.detail)}
        @leave=${() => this.#actions.focusContent()}
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
      @worst=${() => this.#actions.goTo(session.overlay?.ranking.slice(0, 1))}
      @choose=${(event: CustomEvent<number>) => this.#actions.goTo([event.detail])}
      @forget=${(event: CustomEvent<string>) => channel.tell(modelMessages.forget, { id: event.detail })}
    ></lathe-overlay-bar>`;
  }

  #limits({ sentence, trust }: { sentence: string; trust: boolean }): TemplateResult {
    return html`<div class="line-above">
      ${icon('warning')} <span>${sentence}</span>
      ${
        trust
          ? html`<vscode-button secondary @click=${() => channel.tell(modelMessages.manageTrust, null)}>Manage trust</vscode-button>`
          : nothing
      }
    </div>`;
  }

  /** A sentence above the graph, until it is put away. */
  #line(text: string, label: string, end: () => void): TemplateResult {
    return html`<div class="line-above">
      <span>${text}</span>
      <button type="button" class="tool" title="${label} (Escape)" @click=${end}>${label}</button>
    </div>`;
  }

  #middle(mode: Mode): TemplateResult {
    const { session } = this;
    const { state } = session;
    const most = (this.isNarrow ? this.clientHeight : this.clientWidth) - 2 * leastSize;
    const beside = state.kept.panel && !this.isNarrow ? state.kept.panelSize : 0;
    const wanted = state.kept.tableSize || tableShare * ((this.isNarrow ? this.clientHeight : this.clientWidth) - beside);
    const size = Math.round(Math.min(wanted, Math.max(leastSize, most)));
    const splitter = html`<lathe-splitter
      .side=${this.isNarrow ? 'bottom' : 'left'}
      .size=${size}
      .least=${leastSize}
      .most=${most}
      .label=${'Size of the table'}
      @resize=${(event: CustomEvent<number>) => state.keep({ tableSize: event.detail })}
      @toggle=${() => this.#actions.show('graph')}
    ></lathe-splitter>`;
    const table = html`<lathe-layer-table
      .style=${mode === 'both' ? `${this.isNarrow ? 'height' : 'width'}: ${size}px` : ''}
      .content=${mode === 'graph' ? undefined : session.content}
      .rows=${mode === 'graph' ? [] : session.rows}
      .order=${state.kept.order}
      .selected=${state.selected}
      @order=${(event: CustomEvent<Order>) => state.keep({ order: event.detail })}
      @select=${(event: CustomEvent<number[]>) => this.#actions.select(event.detail, 'table')}
      @fold=${this.#onFold}
      @menu=${(event: CustomEvent<MenuWish>) => this.#actions.openMenu(event.detail)}
      @enter=${() => this.#actions.enterGraph()}
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
          @select=${(event: CustomEvent<number[]>) => this.#actions.select(event.detail, 'graph')}
          @fold=${this.#onFold}
          @camera=${(event: CustomEvent<Camera>) => state.keepQuietly({ camera: event.detail })}
          @menu=${(event: CustomEvent<MenuWish>) => this.#actions.openMenu(event.detail)}
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
        @toggle=${() => this.#actions.togglePanel()}
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
    if (graph.nodes[leading]?.kind !== 'operator') return endSelected(graph, leading);
    const { detail, failure, channels } = this.#details;
    return html`<lathe-layer-detail
      .layer=${model.layers[leading]}
      .detail=${detail}
      .failure=${failure}
      .overlays=${session.overlays}
      .channels=${channels}
      .canAnalyze=${session.canAnalyze}
      @channels=${() => void this.#details.askChannels(session.overlay?.view.id ?? '')}
      @go=${(event: CustomEvent<number>) => this.#actions.goTo([event.detail])}
      ><div slot="setting">${recipe}</div></lathe-layer-detail
    >`;
  }

  override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.#steering.select(this.session.selectedLayers);
  }

  /** In a narrow window the panel comes with a selection. */
  get #panelHasRoom(): boolean {
    return !this.isNarrow || this.modelPanel || this.session.state.selected.length > 0;
  }

  selected(): void {
    this.modelPanel = false;
    const { selected, leading } = this.session.state;
    const operator = this.session.shown?.graph.nodes[leading]?.kind === 'operator';
    void this.#details.ask(selected.length === 1 && operator ? leading : -1);
  }

  layerEntries(): readonly MenuEntry[] {
    return this.#steering.layerEntries(this.session.selectedLayers);
  }

  readonly #onFold = ({ detail: { group, open } }: CustomEvent<{ group: number; open: boolean }>): void =>
    this.session.state.fold(group, open);

  readonly #onKey = (event: KeyboardEvent): void => {
    const id = commandOf(event);
    if (!id || event.defaultPrevented || !this.session.shown) return;
    const within = (kind: typeof HTMLInputElement | typeof HTMLSelectElement | typeof HTMLDialogElement): boolean =>
      event.composedPath().some((target) => target instanceof kind);
    // In a field letters are letters, and what is marked as text is what is copied.
    const works = id === 'next-match' || id === 'previous-match' || (id === 'find' && event.key !== '/');
    if (within(HTMLDialogElement) || (!works && (within(HTMLInputElement) || within(HTMLSelectElement)))) return;
    if (id === 'copy' && !document.getSelection()?.isCollapsed) return;
    event.preventDefault();
    runCommand(id, this.#actions);
  };

  static override styles = appStyles;
}

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import {
  compareMessages as messages,
  type FixView,
  type MeasuringView,
  type PairDetail,
  type PaneView,
} from '../../src/protocol/compare-messages.ts';
import type { ModelDiff } from '../../src/protocol/diff.ts';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { visible } from '../../src/protocol/format.ts';
import type { ChannelsView, OverlayView, ProblemView } from '../../src/protocol/view.ts';
import type { GraphView } from '../graph/graph-view.ts';
import { groupsOpenAtFirst } from '../graph/open-groups.ts';
import type { NodePaint } from '../graph/paint.ts';
import { channel, keepState, keptState } from '../host.ts';
import { icon } from '../icon.ts';
import { nextWorst, shownOverlay, type ShownOverlay } from '../overlays/overlay.ts';
import type { ScaleKind } from '../overlays/scale.ts';
import { appStyles } from './app-styles.ts';
import { settled } from './asked.ts';
import { diffPaint } from './paint.ts';
import type { Asked } from './pair-panel.ts';
import type { Panes } from './panes.ts';
import { counts, drawnNodes, filters, listed, nameText, signs, type Filter } from './rows.ts';
import { summary, type Files } from './summary.ts';
import { filterNames, untouched, type Kept } from './view-state.ts';

/** Two models compared: both as one graph or beside each other, the error along the network, the layers as a table, and one pair in detail. */
export class CompareApp extends LitElement {
  static override properties = {
    files: { state: true },
    reading: { state: true },
    diff: { state: true },
    withQuantizers: { state: true },
    panes: { state: true },
    problem: { state: true },
    kept: { state: true },
    overlays: { state: true },
    warnings: { state: true },
    measuring: { state: true },
    detail: { state: true },
    values: { state: true },
    open: { state: true },
  };

  declare files: Files | undefined;
  /** Share of the comparison that is done. */
  declare reading: number;
  declare diff: ModelDiff | undefined;
  /** Asked for where quantizers are wanted; until it is there they are shown folded. */
  declare withQuantizers: DrawableGraph | undefined;
  declare panes: { a: PaneView; b: PaneView } | undefined;
  declare problem: ProblemView | undefined;
  declare kept: Kept;
  declare overlays: readonly OverlayView[];
  declare warnings: readonly string[];
  declare measuring: MeasuringView | null;
  declare detail: Asked<PairDetail>;
  declare values: Asked<ChannelsView[]>;
  /** Groups that a person has unfolded or folded; undefined: as the graph would. */
  declare open: ReadonlySet<number> | undefined;
  #canMeasure = false;
  #shown: ShownOverlay | undefined;
  #paint: NodePaint | undefined;
  #drawn: readonly number[] = [];
  #rows: readonly number[] = [];

  constructor() {
    super();
    this.kept = keptState<Kept>(untouched);
    this.reading = 0;
    this.overlays = [];
    this.warnings = [];
    this.measuring = null;
    this.detail = {};
    this.values = {};
  }

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(messages.files, ({ a, b, canMeasure }) => {
      this.files = { a, b };
      this.#canMeasure = canMeasure;
      this.#keep({ a: a.uri, b: b.uri });
    });
    channel.onNotice(messages.reading, ({ done }) => (this.reading = done));
    channel.onNotice(messages.show, ({ diff }) => this.#show(diff));
    channel.onNotice(messages.problem, (problem) => {
      this.diff = undefined;
      this.problem = problem;
    });
    channel.onNotice(messages.overlays, ({ overlays, show, warnings }) => {
      this.overlays = overlays;
      this.warnings = warnings;
      if (show !== undefined) this.#keep({ overlay: show, scale: 'own' });
      // Outputs that were measured belong to what is shown of the selected pair.
      if (show !== undefined) void this.#ask();
    });
    channel.onNotice(messages.measuring, ({ measuring }) => (this.measuring = measuring));
    window.addEventListener('keydown', this.#onKey);
    channel.tell(messages.ready, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#onKey);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const { diff, kept } = this;
    if (changed.has('overlays') || changed.has('kept') || changed.has('diff')) {
      // A measurement ends with the window: what is there is shown in its place, unless nothing is wanted.
      const view = this.overlays.find(({ id }) => id === kept.overlay) ?? (kept.overlay === '' ? undefined : this.overlays[0]);
      if (view !== this.#shown?.view || kept.scale !== this.#shown?.scale) {
        this.#shown = view && shownOverlay(view, kept.scale);
        this.#paint = undefined;
      }
    }
    if (changed.has('diff')) this.#paint = undefined;
    if (!diff) return;
    this.#paint ??= diffPaint(diff, this.#shown);
    this.#drawn = drawnNodes(this.#drawing(diff));
    this.#rows = listed(diff, this.#drawn, kept.filter, this.#shown);
  }

  override render(): TemplateResult {
    const { files, diff, problem, kept } = this;
    if (!files) return html`<p class="page" role="status">Reading both models…</p>`;
    const head = summary(files, diff, (side) => channel.tell(messages.open, { side }));
    if (problem) return html`${head}${this.#problemPage(problem)}`;
    if (!diff)
      return html`${head}
        <p class="page" role="status">Comparing both models…</p>
        <progress max="1" .value=${this.reading} aria-label="Comparing"></progress>`;
    return html`${head} ${this.#toolbar()}
      <div class="parts">
        <div class="left">
          <div class="picture">${kept.mode === 'merged' ? this.#merged(diff) : this.#sideBySide(files)}</div>
          <lathe-error-strip
            .shown=${this.#shown}
            .order=${this.#drawn}
            .names=${this.#name}
            .selected=${kept.selected}
            @go=${(event: CustomEvent<number>) => this.#goTo(event.detail)}
          ></lathe-error-strip>
          <lathe-splitter
            side="bottom"
            label="Height of the table"
            .size=${kept.tableHeight}
            .least=${60}
            .most=${600}
            @resize=${(event: CustomEvent<number>) => this.#keep({ tableHeight: event.detail })}
          ></lathe-splitter>
          ${this.#table(diff)}
        </div>
        <lathe-splitter
          side="right"
          label="Width of the side panel"
          .size=${kept.panelWidth}
          .least=${180}
          .most=${800}
          @resize=${(event: CustomEvent<number>) => this.#keep({ panelWidth: event.detail })}
        ></lathe-splitter>
        <aside aria-label="Selected layer" tabindex="0">
          <lathe-pair-panel
            .diff=${diff}
            .node=${kept.selected}
            .detail=${this.detail}
            .values=${this.values}
            .overlays=${this.overlays}
            @fix=${({ detail: { action, choice } }: CustomEvent<FixView>) =>
              channel.tell(messages.fix, { node: kept.selected, action, ...(choice === undefined ? {} : { choice }) })}
            @open=${(event: CustomEvent<'a' | 'b'>) => channel.tell(messages.open, { side: event.detail, node: kept.selected })}
          ></lathe-pair-panel>
        </aside>
      </div>
      <lathe-overlay-bar
        .overlays=${this.overlays}
        .shown=${this.#shown}
        .names=${this.#name}
        .selected=${kept.selected}
        @scale=${(event: CustomEvent<ScaleKind>) => this.#keep({ scale: event.detail })}
        @worst=${() => this.#goTo(this.#shown?.ranking[0])}
        @choose=${(event: CustomEvent<number>) => this.#goTo(event.detail)}
      ></lathe-overlay-bar>`;
  }

  override updated(): void {
    const table = this.renderRoot.querySelector<HTMLElement>('.table');
    if (table) table.style.height = `${this.kept.tableHeight}px`;
    const aside = this.renderRoot.querySelector<HTMLElement>('aside');
    if (aside) aside.style.width = `${this.kept.panelWidth}px`;
  }

  #toolbar(): TemplateResult {
    const { kept, overlays } = this;
    const said = [...this.warnings, ...(this.diff?.notes ?? [])];
    return html`<div class="bar" role="toolbar" aria-label="View">
        <span class="choice" role="group" aria-label="Picture">
          <button type="button" class="tool" aria-pressed=${kept.mode === 'merged'} @click=${() => this.#keep({ mode: 'merged' })}>
            ${icon('graph')} Merged
          </button>
          <button type="button" class="tool" aria-pressed=${kept.mode === 'panes'} @click=${() => this.#keep({ mode: 'panes' })}>
            ${icon('both')} Side by side
          </button>
        </span>
        <button
          type="button"
          class="tool"
          aria-pressed=${kept.quantizers}
          title="Draw QuantizeLinear and DequantizeLinear as nodes of their own"
          @click=${() => this.#keep({ quantizers: !kept.quantizers })}
        >
          Quantizers
        </button>
        <button type="button" class="tool" title="Show the whole graph" @click=${() => this.#graph?.fit()}>${icon('fit')} Fit</button>
        <lathe-overlay-chooser
          .overlays=${overlays}
          .shown=${this.#shown}
          @overlay=${(event: CustomEvent<string>) => this.#keep({ overlay: event.detail, scale: 'own' })}
        ></lathe-overlay-chooser>
        <span class="grow"></span>
        ${this.#measure()}
      </div>
      ${said.length ? html`<p class="warnings" role="status">${said.slice(0, 3).map(visible).join(' ')}</p>` : nothing}`;
  }

  #measure(): TemplateResult {
    const { measuring } = this;
    if (measuring) {
      return html`<span class="measuring" role="status">${icon('play')} ${visible(measuring.text)}</span>
        <progress max="1" .value=${measuring.fraction ?? 0} aria-label="Measuring"></progress>
        <button type="button" class="tool" @click=${() => channel.tell(messages.cancel, null)}>${icon('close')} Cancel</button>`;
    }
    if (!this.#canMeasure) return html`<span class="soft">Measuring needs two files on a disk in a trusted workspace.</span>`;
    const measure = (choose: boolean): void => channel.tell(messages.measure, { choose });
    return html`<vscode-button id="measure" @click=${() => measure(false)}>Measure on pictures</vscode-button>
      <button type="button" class="tool" @click=${() => measure(true)}>Choose pictures…</button>`;
  }

  #merged(diff: ModelDiff): TemplateResult {
    return html`<lathe-graph
      .graph=${this.#drawing(diff)}
      .open=${this.open}
      .selected=${this.kept.selected < 0 ? [] : [this.kept.selected]}
      .paint=${this.#paint}
      @select=${(event: CustomEvent<readonly number[]>) => this.#select(event.detail.at(-1) ?? -1)}
      @fold=${(event: CustomEvent<{ group: number; open: boolean }>) => this.#fold(event.detail)}
    ></lathe-graph>`;
  }

  #sideBySide({ a, b }: Files): TemplateResult {
    const title = (file: Files['a']): string => visible(`${file.name} ${file.place}`.trim());
    return html`<lathe-panes
      .panes=${this.panes}
      .paint=${this.#paint}
      .selected=${this.kept.selected < 0 ? [] : [this.kept.selected]}
      .titles=${{ a: title(a), b: title(b) }}
      @select=${(event: CustomEvent<readonly number[]>) => this.#select(event.detail.at(-1) ?? -1)}
    ></lathe-panes>`;
  }

  #table(diff: ModelDiff): TemplateResult {
    const { filter } = this.kept;
    const found = counts(diff, this.#drawn);
    const number: Partial<Record<Filter, string>> = {
      changed: `${signs.changed} ${found.changed}`,
      added: `${signs.added} ${found.added}`,
      removed: `${signs.removed} ${found.removed}`,
      differences: String(found.changed + found.added + found.removed),
      all: String(this.#drawn.length),
    };
    return html`<div class="table">
      <div class="filters" role="group" aria-label="Layers to list">
        ${filters.map(
          (name) =>
            html`<button
              type="button"
              class="tool"
              aria-pressed=${filter === name}
              ?disabled=${name === 'worst' && !this.#shown}
              @click=${() => this.#keep({ filter: name })}
            >
              ${filterNames[name]} <span class="soft">${number[name] ?? ''}</span>
            </button>`,
        )}
      </div>
      <lathe-change-table
        .diff=${diff}
        .rows=${this.#rows}
        .shown=${this.#shown}
        .selected=${this.kept.selected}
        @choose=${(event: CustomEvent<number>) => this.#goTo(event.detail)}
        @enter=${(event: CustomEvent<number>) => this.#goTo(event.detail, true)}
      ></lathe-change-table>
    </div>`;
  }

  #problemPage({ message, hint }: ProblemView): TemplateResult {
    return html`<div class="page" role="alert">
      <p>${visible(message)}</p>
      ${hint ? html`<p class="soft">${visible(hint)}</p>` : nothing}
      <p><vscode-button @click=${() => channel.tell(messages.reload, null)}>Read again</vscode-button></p>
    </div>`;
  }

  get #graph(): GraphView | Panes | null {
    return this.renderRoot.querySelector<GraphView | Panes>(this.kept.mode === 'merged' ? 'lathe-graph' : 'lathe-panes');
  }

  #drawing({ graph }: ModelDiff): DrawableGraph {
    return (this.kept.quantizers && this.withQuantizers) || graph;
  }

  readonly #name = (id: number): string => {
    const node = this.diff?.nodes[id];
    return node ? nameText(node) : '';
  };

  #show(diff: ModelDiff): void {
    this.problem = undefined;
    this.diff = diff;
    this.withQuantizers = undefined;
    this.panes = undefined;
    this.open = undefined;
    if (this.kept.selected >= diff.nodes.length) this.#keep({ selected: -1 });
    if (this.kept.quantizers) void this.#askQuantizers(diff);
    if (this.kept.mode === 'panes') void this.#askPanes();
    void this.#ask();
  }

  #keep(change: Partial<Kept>): void {
    const before = this.kept;
    this.kept = { ...before, ...change };
    keepState(this.kept);
    const drawnAnew = before.quantizers !== this.kept.quantizers;
    if (this.diff && drawnAnew && this.kept.quantizers && !this.withQuantizers) void this.#askQuantizers(this.diff);
    if (this.diff && this.kept.mode === 'panes' && (drawnAnew || before.mode !== 'panes')) void this.#askPanes();
  }

  #fold({ group, open }: { group: number; open: boolean }): void {
    const now = new Set(this.open ?? groupsOpenAtFirst(this.diff!.graph));
    if (open) now.add(group);
    else now.delete(group);
    this.open = now;
  }

  #select(node: number): void {
    if (node === this.kept.selected) return;
    this.#keep({ selected: node });
    void this.#ask();
  }

  #goTo(node: number | undefined, focus = false): void {
    if (node === undefined) return;
    this.#select(node);
    void this.updateComplete.then(() => {
      this.#graph?.reveal(node);
      if (focus) this.#graph?.focus();
    });
  }

  async #ask(): Promise<void> {
    const { selected } = this.kept;
    this.detail = {};
    this.values = {};
    if (selected < 0 || !this.diff) return;
    const detail = settled(channel.ask(messages.detail, { node: selected }));
    const values = settled(channel.ask(messages.values, { node: selected }));
    const first = await detail;
    if (this.kept.selected === selected) this.detail = first;
    const second = await values;
    if (this.kept.selected === selected) this.values = second;
  }

  async #askQuantizers(diff: ModelDiff): Promise<void> {
    const graph = await channel.ask(messages.quantizers, null);
    if (this.diff === diff) this.withQuantizers = graph;
  }

  async #askPanes(): Promise<void> {
    const { quantizers } = this.kept;
    const [a, b] = await Promise.all([
      channel.ask(messages.pane, { side: 'a', quantizers }),
      channel.ask(messages.pane, { side: 'b', quantizers }),
    ]);
    if (this.kept.quantizers === quantizers) this.panes = { a, b };
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const inField = event.composedPath().some((target) => target instanceof HTMLInputElement || target instanceof HTMLSelectElement);
    if (inField || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== 'w' || !this.#shown) return;
    event.preventDefault();
    this.#goTo(nextWorst(this.#shown, this.kept.selected, event.shiftKey ? -1 : 1));
  };

  static override styles = appStyles;
}

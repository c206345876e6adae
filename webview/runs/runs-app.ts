import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { pageStyles } from '../styles/page.ts';
import { visible } from '../../src/protocol/format.ts';
import type { ComparedGroup, CostAxis, RunComparison } from '../../src/protocol/runs-comparison.ts';
import { runsMessages, type RunsState } from '../../src/protocol/runs-messages.ts';
import type { ScoresLayout } from '../../src/protocol/curve-layout.ts';
import type { ScatterLayout } from '../../src/protocol/scatter.ts';
import { channel, keepState, keptState } from '../host.ts';
import type { RunOrder } from './columns.ts';
import { runsBoards } from './runs-boards.ts';
import { runsBudgets } from './runs-budgets.ts';
import { runsWays } from './runs-ways.ts';
import { runsMatrix } from './runs-matrix.ts';

const pictureHeight = 340;

const curveNotes = {
  epochs: 'After each epoch; the first is that before the first step. Diamonds are the best, whose weights were kept.',
  rounds: 'After each round, trained where it was trained; the first is the model as it was. Diamonds are what came of it.',
};

/** The comparison of runs: a picture of one cost against the metric, and the table of all figures. */
export class RunsApp extends LitElement {
  static override properties = {
    comparison: { state: true },
    message: { state: true },
    kept: { state: true },
    layout: { state: true },
    curves: { state: true },
    pointed: { state: true },
  };

  declare comparison: RunComparison | undefined;
  declare message: string | undefined;
  declare kept: RunsState;
  declare layout: ScatterLayout | undefined;
  /** By the place of their group. */
  declare curves: readonly ScoresLayout[];
  declare pointed: number | undefined;
  #width = 0;
  #asked = 0;
  readonly #observer = new ResizeObserver(([entry]) => this.#resized(entry?.contentRect.width ?? 0));

  constructor() {
    super();
    this.curves = [];
    this.kept = keptState<RunsState>({ runs: [], group: 0, axis: 'bytes', order: { column: '', descending: false } });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(runsMessages.show, ({ comparison }) => {
      this.comparison = comparison;
      this.layout = undefined;
      this.message = undefined;
      void this.#askCurves();
      this.#keep({ runs: comparison.runs.map(({ folder }) => folder) });
    });
    channel.onNotice(runsMessages.empty, ({ message }) => {
      this.comparison = undefined;
      this.message = message;
    });
    this.#observer.observe(this);
    channel.tell(runsMessages.ready, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  override render(): TemplateResult {
    if (this.message)
      return html`<p role="status">${this.message}</p>
        ${this.#chooseButton()}`;
    if (!this.comparison) return html`<p role="status">Reading the runs…</p>`;
    const { runs, notes, matrix, boards, budgets } = this.comparison;
    const [group, axis] = [this.#group(), this.#axis()];
    const front = this.#front(group, axis);
    return html`<header>
        <h1>${runs.length} ${runs.length === 1 ? 'run' : 'runs'}</h1>
        <span class="buttons">
          ${this.#chooseButton()}
          <vscode-button secondary @click=${() => channel.tell(runsMessages.save, { as: 'html' })}>Save as HTML…</vscode-button>
          <vscode-button secondary @click=${() => channel.tell(runsMessages.save, { as: 'csv' })}>Save as CSV…</vscode-button>
          <vscode-button secondary @click=${() => channel.tell(runsMessages.save, { as: 'json' })}>Save as JSON…</vscode-button>
        </span>
      </header>
      ${notes.map((note) => html`<p class="note">${note}</p>`)} ${this.#picture(group, axis)}
      <h2>Methods and targets</h2>
      <lathe-runs-table
        .comparison=${this.comparison}
        .order=${this.kept.order}
        .front=${front}
        .chosen=${axis?.title ?? ''}
        .pointed=${this.pointed}
        @run=${(event: CustomEvent<number>) => this.#open(event.detail)}
        @remove=${(event: CustomEvent<number>) => channel.tell(runsMessages.remove, { folder: runs[event.detail]!.folder })}
        @order=${(event: CustomEvent<RunOrder>) => this.#keep({ order: event.detail })}
        @point-at=${(event: CustomEvent<number | undefined>) => (this.pointed = event.detail)}
      ></lathe-runs-table>
      ${matrix ? runsMatrix(this.comparison, matrix, (place) => this.#open(place)) : nothing}
      ${boards ? runsBoards(this.comparison, boards, (place) => this.#open(place)) : nothing}
      ${budgets ? runsBudgets(this.comparison, budgets, (place) => this.#open(place)) : nothing}
      ${runsWays(this.comparison, (place) => this.#open(place))} ${this.#trainings()}`;
  }

  #trainings(): TemplateResult[] {
    return this.comparison!.trainings.map(
      (group, i) =>
        html`<h2>${group.by === 'rounds' ? 'Rounds of pruning' : 'Learning curves'}: ${visible(group.title)} on validation pictures</h2>
          <p class="soft">${curveNotes[group.by ?? 'epochs']}</p>
          <lathe-runs-curves
            .group=${group}
            .layout=${this.curves[i]}
            @run=${(event: CustomEvent<number>) => this.#open(event.detail)}
          ></lathe-runs-curves>`,
    );
  }

  #picture(group: ComparedGroup | undefined, axis: CostAxis | undefined): TemplateResult {
    if (!group || !axis)
      return html`<p class="soft">No run has been measured: give the recipes test pictures (data: test) to see accuracy against cost.</p>`;
    const { title, data, better } = group;
    return html`<div class="choices">
        ${this.#chooser(
          'Metric',
          'group',
          this.comparison!.groups.map((one, i) => [String(i), `${one.title}, ${visible(one.data)}`]),
          String(this.kept.group),
        )}
        ${this.#chooser(
          'Against',
          'axis',
          this.#drawn(group).map(({ id, title: name }) => [id, name]),
          axis.id,
        )}
      </div>
      <p class="soft">
        ${title} on ${visible(data)}. Lines are 95 % intervals; the dashed line joins the models that no other beats in both. Left costs
        less, ${better === 'high' ? 'up' : 'down'} is better; squares are the models
        before.${axis.note ? html` ${axis.title}: ${visible(axis.note)}.` : nothing}
      </p>
      <lathe-runs-scatter
        .group=${group}
        .axis=${axis}
        .layout=${this.layout}
        .pointed=${this.pointed}
        @run=${(event: CustomEvent<number>) => this.#open(event.detail)}
        @point-at=${(event: CustomEvent<number | undefined>) => (this.pointed = event.detail)}
      ></lathe-runs-scatter>`;
  }

  #chooser(label: string, key: 'group' | 'axis', options: [value: string, text: string][], value: string): TemplateResult | typeof nothing {
    if (key === 'group' && options.length < 2) return nothing;
    return html`<label
      >${label}
      <select @change=${(event: Event) => this.#choose(key, (event.target as HTMLSelectElement).value)}>
        ${options.map(([id, text]) => html`<option value=${id} ?selected=${id === value}>${text}</option>`)}
      </select>
    </label>`;
  }

  #chooseButton(): TemplateResult {
    return html`<vscode-button secondary @click=${() => channel.tell(runsMessages.choose, null)}>Choose Runs…</vscode-button>`;
  }

  #group(): ComparedGroup | undefined {
    const groups = this.comparison?.groups ?? [];
    return groups[this.kept.group] ?? groups[0];
  }

  /** Costs that at least one model of the group has. */
  #drawn(group: ComparedGroup): CostAxis[] {
    return (this.comparison?.axes ?? []).filter(({ id }) => group.points.some(({ costs }) => costs[id] !== undefined));
  }

  #axis(): CostAxis | undefined {
    const group = this.#group();
    const drawn = group ? this.#drawn(group) : [];
    return drawn.find(({ id }) => id === this.kept.axis) ?? drawn[0];
  }

  #front(group: ComparedGroup | undefined, axis: CostAxis | undefined): Set<number> {
    const places = (axis && group?.fronts[axis.id]) ?? [];
    return new Set(places.flatMap((at) => (group!.points[at]!.side === 'after' ? [group!.points[at]!.run] : [])));
  }

  #choose(key: 'group' | 'axis', value: string): void {
    this.layout = undefined; // it is of the other picture
    this.#keep(key === 'group' ? { group: Number(value) } : { axis: value });
  }

  #keep(change: Partial<RunsState>): void {
    this.kept = { ...this.kept, ...change };
    keepState(this.kept);
    void this.#askPicture();
  }

  #resized(width: number): void {
    if (Math.abs(width - this.#width) < 1) return;
    this.#width = width;
    void this.#askPicture();
    void this.#askCurves();
  }

  async #askPicture(): Promise<void> {
    const [group, axis] = [this.#group(), this.#axis()];
    if (!group || !axis || this.#width < 100) return;
    const number = ++this.#asked;
    const place = this.comparison!.groups.indexOf(group);
    const layout = await channel.ask(runsMessages.picture, {
      group: place,
      axis: axis.id,
      width: Math.floor(this.#width),
      height: pictureHeight,
    });
    if (number === this.#asked) this.layout = layout; // otherwise another picture was asked for meanwhile
  }

  async #askCurves(): Promise<void> {
    const { comparison } = this;
    if (!comparison || this.#width < 100) return;
    const width = Math.floor(this.#width);
    const curves = await Promise.all(comparison.trainings.map((_, group) => channel.ask(runsMessages.curves, { group, width })));
    // Otherwise they are of what was shown before.
    if (comparison === this.comparison && width === Math.floor(this.#width)) this.curves = curves;
  }

  #open(place: number): void {
    const run = this.comparison?.runs[place];
    if (run) channel.tell(runsMessages.open, { folder: run.folder });
  }

  static override styles = [
    pageStyles,
    css`
      h2 {
        font-size: 1.1em;
        margin: 20px 0 6px;
      }
      .buttons,
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
      }
      .choices {
        margin-top: 12px;
      }
      select {
        max-width: 40em;
      }
      select:focus-visible,
      .scroll:focus-visible,
      button:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .soft {
        margin: 6px 0;
        max-width: 90em;
        overflow-wrap: anywhere;
      }
      td .soft,
      tbody th .soft {
        margin: 0;
        min-width: 12em;
        max-width: 24em;
        font-size: 0.92em;
        color: var(--vscode-descriptionForeground);
      }
      .note {
        margin: 8px 0 0;
      }
      .scroll {
        overflow-x: auto;
        position: relative;
      }
      table {
        border-collapse: collapse;
      }
      th,
      td {
        text-align: left;
        vertical-align: top;
        padding: 5px 10px;
        font-weight: normal;
        border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      button.link {
        display: block;
        min-height: 24px;
        font: inherit;
        color: var(--vscode-textLink-foreground);
        background: none;
        border: none;
        padding: 0;
        cursor: pointer;
      }
    `,
  ];
}

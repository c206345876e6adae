import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { LayerView } from '../../src/protocol/view.ts';
import { columns, type Column, type Order } from './filter.ts';
import { figureText, levelOf, type ShownOverlay } from '../overlays/overlay.ts';
import { swatch, swatchStyles } from '../overlays/swatch.ts';

/** Pixels; the style below and the arithmetic of what is visible must agree. */
const rowHeight = 24;
const headHeight = 28;
/** Rows drawn beyond each edge, so that a small scroll shows no gap. */
const margin = 10;

const titles: Record<Column, string> = {
  index: '#',
  name: 'Name',
  op: 'Operator',
  outputShape: 'Output',
  parameters: 'Parameters',
  macs: 'MACs',
  measured: 'Measured',
};

/** A grid that draws only the rows in sight: ten thousand layers cost as much as thirty. Fires `choose`, `order` and, once a scroll has come to rest, `rest`. */
export class LayerTable extends LitElement {
  static override properties = {
    layers: { attribute: false },
    order: { attribute: false },
    selected: { attribute: false },
    overlay: { attribute: false },
    first: { state: true },
    visible: { state: true },
  };

  declare layers: readonly LayerView[];
  declare order: Order;
  /** Index of the selected layer in the model, or -1. */
  declare selected: number;
  /** What the last column shows; without one there is no such column. */
  declare overlay: ShownOverlay | undefined;
  declare first: number;
  declare visible: number;
  /** Largest figures of the whole model: what the bars are relative to. */
  largest = { parameters: 1, macs: 1 };
  readonly #resized = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.layers = [];
    this.order = { column: 'index', descending: false };
    this.selected = -1;
    this.first = 0;
    this.visible = 40;
  }

  override firstUpdated(): void {
    this.#resized.observe(this.#table);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('layers') || changed.has('order')) this.#measure();
  }

  /** Back to where the user was. */
  restore(top: number): void {
    this.#table.scrollTop = top;
    this.#measure();
  }

  /** Brings the selected row into sight and the keyboard to the table. */
  reveal(focus: boolean): void {
    const row = this.layers.findIndex((layer) => layer.index === this.selected);
    if (row >= 0) this.#scrollTo(row);
    if (focus) this.#table.focus();
  }

  override render(): TemplateResult {
    const from = Math.max(0, this.first);
    const shown = this.layers.slice(from, from + this.visible);
    const active = shown.some((layer) => layer.index === this.selected) ? `layer-${this.selected}` : nothing;
    // Sizes are set as properties: the page's policy refuses style attributes.
    return html`
      <div
        class=${this.overlay ? 'table overlaid' : 'table'}
        role="grid"
        tabindex="0"
        aria-label="Layers"
        aria-rowcount=${this.layers.length + 1}
        aria-colcount=${this.#columns.length}
        aria-activedescendant=${active}
        @scroll=${() => this.#measure()}
        @scrollend=${() => this.dispatchEvent(new CustomEvent<number>('rest', { detail: this.#table.scrollTop }))}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      >
        <div class="head" role="row" aria-rowindex="1">${this.#columns.map((column) => this.#header(column))}</div>
        <div class="space" role="rowgroup" .style=${`height: ${this.layers.length * rowHeight}px`}>
          <div class="rows" role="presentation" .style=${`transform: translateY(${from * rowHeight}px)`}>
            ${shown.map((layer, i) => this.#row(layer, from + i))}
          </div>
        </div>
      </div>
    `;
  }

  #header(column: Column): TemplateResult {
    const sorted = this.order.column === column;
    const direction = sorted ? (this.order.descending ? 'descending' : 'ascending') : 'none';
    const arrow = sorted ? (this.order.descending ? '▾' : '▴') : '';
    const what = column === 'measured' && this.overlay ? this.overlay.view.label : titles[column].toLowerCase();
    return html`<div role="columnheader" class=${column} aria-sort=${direction}>
      <button type="button" title="Sort by ${what}" @click=${() => this.#sortBy(column)}>
        ${titles[column]}<span aria-hidden="true">${arrow}</span>
      </button>
    </div>`;
  }

  #row(layer: LayerView, position: number): TemplateResult {
    const selected = layer.index === this.selected;
    const weights = layer.parameters ? `${layer.parameters.toLocaleString('en')} parameters, ${bytes(layer.weightBytes)}` : '';
    return html`<div
      id="layer-${layer.index}"
      role="row"
      class=${selected ? 'row selected' : 'row'}
      aria-rowindex=${position + 2}
      aria-selected=${selected}
      @click=${() => this.#choose(position)}
    >
      <span role="gridcell" class="index">${layer.index + 1}</span>
      <span role="gridcell" class="name" title=${visible(layer.name)}>${visible(layer.name)}</span>
      <span role="gridcell" class="op" title=${visible(layer.op)}>${visible(layer.op)}</span>
      <span role="gridcell" class="outputShape" title=${shape(layer.outputShape)}>${shape(layer.outputShape)}</span>
      <span role="gridcell" class="parameters" title=${weights}>
        ${bar(layer.parameters, this.largest.parameters)}${layer.parameters ? count(layer.parameters) : ''}
      </span>
      <span
        role="gridcell"
        class="macs"
        title=${layer.macs === null ? 'Unknown while dimensions are free' : layer.macs.toLocaleString('en')}
      >
        ${bar(layer.macs ?? 0, this.largest.macs)}${layer.macs === null ? '?' : layer.macs ? count(layer.macs) : ''}
      </span>
      ${this.overlay ? measuredCell(layer, this.overlay) : nothing}
    </div>`;
  }

  get #columns(): readonly Column[] {
    return this.overlay ? columns : columns.filter((column) => column !== 'measured');
  }

  get #table(): HTMLElement {
    const table = this.renderRoot.querySelector<HTMLElement>('.table');
    if (!table) throw new Error('the table is not drawn yet');
    return table;
  }

  #measure(): void {
    const table = this.#table;
    this.first = Math.max(0, Math.floor(table.scrollTop / rowHeight) - margin);
    this.visible = Math.ceil(table.clientHeight / rowHeight) + 2 * margin;
  }

  #sortBy(column: Column): void {
    // Figures are wanted largest first, names and places from the start.
    const figure = column === 'parameters' || column === 'macs' || column === 'outputShape';
    const descending = this.order.column === column ? !this.order.descending : figure;
    this.dispatchEvent(new CustomEvent<Order>('order', { detail: { column, descending } }));
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.layers.length - 1;
    const at = this.layers.findIndex((layer) => layer.index === this.selected);
    const page = Math.max(1, Math.floor((this.#table.clientHeight - headHeight) / rowHeight) - 1);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? last : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.#choose(Math.min(last, Math.max(0, to)));
  }

  #choose(position: number): void {
    const layer = this.layers[position];
    if (!layer) return;
    this.#scrollTo(position);
    this.dispatchEvent(new CustomEvent<number>('choose', { detail: layer.index }));
  }

  #scrollTo(position: number): void {
    const table = this.#table;
    const top = position * rowHeight;
    const room = table.clientHeight - headHeight;
    if (top < table.scrollTop) table.scrollTop = top;
    else if (top + rowHeight > table.scrollTop + room) table.scrollTop = top + rowHeight - room;
    this.#measure();
  }

  static override styles = [
    swatchStyles,
    css`
      :host {
        display: block;
        min-height: 0;
        container-type: inline-size;
      }
      .table {
        height: 100%;
        overflow-y: scroll;
        outline: none;
      }
      .head,
      .row {
        display: grid;
        grid-template-columns: 3.6em minmax(8em, 3fr) minmax(6em, 1.4fr) minmax(7em, 1.3fr) minmax(7.5em, 1fr) minmax(6em, 0.8fr);
        align-items: center;
      }
      .head {
        position: sticky;
        top: 0;
        z-index: 1;
        height: ${headHeight}px;
        box-sizing: border-box;
        background: var(--vscode-editor-background);
        border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      .head button {
        all: unset;
        box-sizing: border-box;
        cursor: pointer;
        padding: 4px 8px;
        min-height: 24px;
        width: 100%;
        font-weight: 600;
        white-space: nowrap;
      }
      .head button:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      .space {
        overflow: hidden;
      }
      .row {
        height: ${rowHeight}px;
        cursor: default;
      }
      .row:hover {
        background: var(--vscode-list-hoverBackground);
      }
      .row.selected {
        background: var(--vscode-list-inactiveSelectionBackground);
        color: var(--vscode-list-inactiveSelectionForeground, inherit);
        outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .table:focus-visible .row.selected {
        background: var(--vscode-list-activeSelectionBackground);
        color: var(--vscode-list-activeSelectionForeground);
        outline: 1px solid var(--vscode-focusBorder);
      }
      .row span[role='gridcell'] {
        padding: 0 8px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        position: relative;
        line-height: ${rowHeight}px;
      }
      .overlaid .head,
      .overlaid .row {
        grid-template-columns:
          3.6em minmax(8em, 3fr) minmax(6em, 1.4fr) minmax(7em, 1.3fr) minmax(7.5em, 1fr) minmax(6em, 0.8fr)
          minmax(8em, 1fr);
      }
      /* Two editors side by side: the shape stands in the details and in the row's tooltip; beside an overlay the parameters too. */
      @container (max-width: 48em) {
        .head,
        .row {
          grid-template-columns: 3.6em minmax(8em, 3fr) minmax(5em, 1.3fr) 7.5em 5.5em;
        }
        .overlaid .head,
        .overlaid .row {
          grid-template-columns: 3.6em minmax(8em, 3fr) minmax(5em, 1.3fr) 5.5em 8em;
        }
        .outputShape,
        .overlaid .parameters {
          display: none;
        }
      }
      .index,
      .parameters,
      .macs,
      .measured {
        text-align: right;
        font-variant-numeric: tabular-nums;
      }
      .index {
        opacity: 0.85;
      }
      .bar {
        position: absolute;
        right: 4px;
        bottom: 1px;
        height: 2px;
        background: var(--vscode-charts-blue, var(--vscode-progressBar-background));
      }
      .stale {
        font-style: italic;
      }
      .stale .swatch {
        opacity: 0.4;
      }
    `,
  ];
}

/** A line under a figure, as long as its share of the largest. */
const bar = (value: number, largest: number): TemplateResult | typeof nothing =>
  value > 0 ? html`<i class="bar" .style=${`width: calc((100% - 8px) * ${(value / largest).toFixed(4)})`}></i>` : nothing;

function measuredCell(layer: LayerView, { view, values }: ShownOverlay): TemplateResult {
  const value = values.get(layer.index);
  if (value === undefined) return html`<span role="gridcell" class="measured" title="Not measured"></span>`;
  const text = figureText(value, view.unit);
  return html`<span role="gridcell" class=${view.stale ? 'measured stale' : 'measured'} title="${view.label}: ${text}">
    ${text} ${swatch(levelOf(view, value))}
  </span>`;
}

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { icon } from '../icon.ts';
import { swatchStyles } from '../overlays/swatch.ts';
import { columns, type Column, type Order } from './order.ts';
import type { Row } from './outline.ts';
import { cellsOf, figureCells, type TableContent } from './table-cells.ts';
import { headHeight, rowHeight, tableStyles } from './table-styles.ts';

/** Rows drawn beyond each edge, so that a small scroll shows no gap. */
const margin = 10;
/** Indentation of a level of the tree, CSS pixels. */
const indent = 14;

const titles: Record<Column, string> = {
  index: '#',
  name: 'Name',
  op: 'Operator',
  outputShape: 'Output',
  parameters: 'Params',
  macs: 'MACs',
  measured: 'Figure',
};

/** Where a menu was asked for, as the graph says it too. */
export interface MenuWish {
  node: number;
  group: number;
  /** CSS pixels of the page. */
  x: number;
  y: number;
}

/**
 * The layers as a tree of groups or, sorted, as a list: the accessible equal of the graph. Draws only the rows in sight: ten thousand cost as much as
 * thirty. Fires `select` (detail: ids, the last leading), `fold` (detail: { group, open }), `order`, `menu` (detail: MenuWish), `enter` when the
 * selection is to be looked at in the graph and, once a scroll has come to rest, `rest`.
 */
export class LayerTable extends LitElement {
  static override properties = {
    rows: { attribute: false },
    content: { attribute: false },
    order: { attribute: false },
    selected: { attribute: false },
    active: { state: true },
    first: { state: true },
    visible: { state: true },
  };

  declare rows: readonly Row[];
  declare content: TableContent | undefined;
  declare order: Order;
  /** Ids of nodes, the leading one last. */
  declare selected: readonly number[];
  /** Key of the row that the keyboard stands on. */
  declare active: string;
  declare first: number;
  declare visible: number;
  #selected = new Set<number>();
  #anchor = '';
  readonly #resized = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.rows = [];
    this.order = { column: 'index', descending: false };
    this.selected = [];
    this.active = '';
    this.first = 0;
    this.visible = 40;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('selected')) return;
    this.#selected = new Set(this.selected);
    // A selection that came from elsewhere takes the keyboard's place along, unless the row there stands for it already.
    const row = this.rows.find(({ key }) => key === this.active);
    const leading = this.selected.at(-1);
    if (leading !== undefined && !(row && this.#stands(row).includes(leading))) this.active = `n${leading}`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('rows')) this.#measure();
  }

  /** Back to where the user was. */
  restore(top: number): void {
    if (!this.content) return;
    this.#table.scrollTop = top;
    this.#measure();
  }

  /** Brings the selected row into sight and, if wanted, the keyboard to the table. */
  reveal(focus: boolean): void {
    if (!this.content) return; // not shown
    const place = this.rows.findIndex(({ key }) => key === this.active);
    if (place >= 0) this.#scrollTo(place);
    if (focus) this.#table.focus();
  }

  override render(): TemplateResult | typeof nothing {
    const { content } = this;
    if (!content) return nothing;
    const from = Math.max(0, this.first);
    const shown = this.rows.slice(from, from + this.visible);
    const active = shown.some(({ key }) => key === this.active) ? `row-${this.active}` : nothing;
    const tree = this.#isTree;
    // Sizes are set as properties: the page's policy refuses style attributes.
    return html`
      <div
        class=${content.overlay ? 'table overlaid' : 'table'}
        role=${tree ? 'treegrid' : 'grid'}
        tabindex="0"
        aria-label="Layers"
        aria-multiselectable="true"
        aria-rowcount=${this.rows.length + 1}
        aria-colcount=${this.#columns.length}
        aria-activedescendant=${active}
        @scroll=${() => this.#measure()}
        @scrollend=${() => this.dispatchEvent(new CustomEvent<number>('rest', { detail: this.#table.scrollTop }))}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        @contextmenu=${(event: MouseEvent) => this.#onMenu(event)}
      >
        <div class="head" role="row" aria-rowindex="1">${this.#columns.map((column) => this.#header(column))}</div>
        <div class="space" role="rowgroup" .style=${`height: ${this.rows.length * rowHeight}px`}>
          <div class="rows" role="presentation" .style=${`transform: translateY(${from * rowHeight}px)`}>
            ${shown.map((row, i) => this.#row(row, from + i, tree, content))}
          </div>
        </div>
        ${this.rows.length === 0 ? html`<p class="nothing">No layer fits.</p>` : nothing}
      </div>
    `;
  }

  get #isTree(): boolean {
    return this.rows.some(({ group }) => group >= 0);
  }

  #header(column: Column): TemplateResult {
    const sorted = this.order.column === column;
    const direction = sorted ? (this.order.descending ? 'descending' : 'ascending') : 'none';
    const arrow = sorted ? (this.order.descending ? '▾' : '▴') : '';
    const what = column === 'measured' ? (this.content?.overlay?.view.label ?? '') : titles[column].toLowerCase();
    return html`<div role="columnheader" class=${column} aria-sort=${direction}>
      <button type="button" title="Sort by ${what}" @click=${() => this.#sortBy(column)}>
        ${titles[column]}<span aria-hidden="true">${arrow}</span>
      </button>
    </div>`;
  }

  #row(row: Row, position: number, tree: boolean, content: TableContent): TemplateResult {
    const { key, group, depth, open, node } = row;
    const cells = cellsOf(row, content);
    const selected = this.#isSelected(row);
    const classes = ['row', selected ? 'selected' : '', key === this.active ? 'active' : '', node < 0 ? 'group' : ''];
    return html`<div
      id="row-${key}"
      role="row"
      class=${classes.filter(Boolean).join(' ')}
      aria-rowindex=${position + 2}
      aria-level=${tree ? depth + 1 : nothing}
      aria-expanded=${group >= 0 ? open : nothing}
      aria-selected=${selected}
      @click=${(event: MouseEvent) => this.#onClick(event, position)}
      @dblclick=${() => this.#onDouble(row)}
    >
      <span role="gridcell" class="index">${cells.index}</span>
      <span role="gridcell" class="name" title=${`${cells.fullName}${cells.output ? `\n${cells.output}` : ''}`}
        >${tree ? this.#twisty(row) : nothing}${cells.name}</span
      >
      <span role="gridcell" class="op" title=${cells.op}>${cells.op}</span>
      <span role="gridcell" class="outputShape" title=${cells.output}>${cells.output}</span>
      ${figureCells(row, cells, content)}
    </div>`;
  }

  #twisty({ group, depth, open }: Row): TemplateResult {
    return html`<i class="twisty" .style=${`margin-left: ${Math.min(depth, 12) * indent}px`} data-fold=${group >= 0 ? group : nothing}
      >${group >= 0 ? icon(open ? 'chevron-down' : 'chevron-right') : nothing}</i
    >`;
  }

  get #columns(): readonly Column[] {
    return this.content?.overlay ? columns : columns.filter((column) => column !== 'measured');
  }

  get #table(): HTMLElement {
    const table = this.renderRoot.querySelector<HTMLElement>('.table');
    if (!table) throw new Error('the table is not drawn yet');
    return table;
  }

  #stands(row: Row): readonly number[] {
    return this.content?.outline.nodesOf(row) ?? [];
  }

  #isSelected(row: Row): boolean {
    if (row.node >= 0) return this.#selected.has(row.node);
    const members = this.#stands(row);
    return members.length <= this.#selected.size && members.length > 0 && members.every((node) => this.#selected.has(node));
  }

  #measure(): void {
    const table = this.renderRoot.querySelector<HTMLElement>('.table');
    if (!table) return;
    this.first = Math.max(0, Math.floor(table.scrollTop / rowHeight) - margin);
    this.visible = Math.ceil(table.clientHeight / rowHeight) + 2 * margin;
  }

  #sortBy(column: Column): void {
    // Figures are wanted largest first, names and places from the start.
    const figure = column === 'parameters' || column === 'macs' || column === 'outputShape';
    const descending = this.order.column === column ? !this.order.descending : figure;
    this.dispatchEvent(new CustomEvent<Order>('order', { detail: { column, descending } }));
  }

  #onClick(event: MouseEvent, position: number): void {
    const row = this.rows[position];
    if (!row) return;
    const twisty = (event.target as Element).closest<HTMLElement>('[data-fold]');
    if (twisty) return this.#fold(row, !row.open);
    if (event.shiftKey) this.#selectTo(position);
    else if (event.ctrlKey || event.metaKey) this.#toggle(position);
    else this.#choose(position);
  }

  #onDouble(row: Row): void {
    if (row.group >= 0) this.#fold(row, !row.open);
    else this.dispatchEvent(new CustomEvent('enter'));
  }

  #fold({ group }: Row, open: boolean): void {
    this.dispatchEvent(new CustomEvent('fold', { detail: { group, open } }));
  }

  #onMenu(event: MouseEvent): void {
    event.preventDefault();
    const at = (event.target as Element).closest<HTMLElement>('.row')?.getAttribute('aria-rowindex');
    const position = at ? Number(at) - 2 : this.rows.findIndex(({ key }) => key === this.active);
    const row = this.rows[position];
    if (!row) return;
    // The menu is about the selection: a click beside it selects anew.
    if (!this.#isSelected(row)) this.#choose(position);
    const box = this.renderRoot.querySelector(`#row-${row.key}`)?.getBoundingClientRect();
    const byKey = event.clientX === 0 && event.clientY === 0;
    const [x, y] = byKey && box ? [box.left + 60, box.bottom] : [event.clientX, event.clientY];
    this.dispatchEvent(new CustomEvent<MenuWish>('menu', { detail: { node: row.node, group: row.group, x, y } }));
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.rows.length - 1;
    const at = this.rows.findIndex(({ key }) => key === this.active);
    const page = Math.max(1, Math.floor((this.#table.clientHeight - headHeight) / rowHeight) - 1);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? last : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    };
    const row = this.rows[at];
    const to = moves[event.key];
    if (last < 0 || event.altKey || event.target !== this.#table) return;
    if (to !== undefined) {
      const position = Math.min(last, Math.max(0, to));
      if (event.shiftKey) this.#selectTo(position);
      else if (event.ctrlKey || event.metaKey) this.#moveTo(position);
      else this.#choose(position);
    } else if (event.key === 'ArrowRight' && row && row.group >= 0) this.#enterGroup(row, at);
    else if (event.key === 'ArrowLeft' && row) this.#leave(row, at);
    else if (event.key === ' ' && row) this.#toggle(at);
    else if (event.key === 'Enter' && row) this.#onDouble(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #enterGroup(row: Row, at: number): void {
    if (!row.open) this.#fold(row, true);
    else if (this.rows[at + 1]) this.#choose(at + 1);
  }

  #leave(row: Row, at: number): void {
    if (row.group >= 0 && row.open) return this.#fold(row, false);
    const parent = this.rows.findLastIndex(({ depth }, place) => place < at && depth < row.depth);
    if (parent >= 0) this.#choose(parent);
  }

  #choose(position: number): void {
    const row = this.rows[position];
    if (!row) return;
    this.#moveTo(position);
    this.#anchor = row.key;
    this.#select(this.#stands(row));
  }

  #moveTo(position: number): void {
    this.active = this.rows[position]?.key ?? '';
    this.#scrollTo(position);
  }

  #toggle(position: number): void {
    const row = this.rows[position];
    if (!row) return;
    const nodes = new Set(this.#stands(row));
    const without = this.selected.filter((node) => !nodes.has(node));
    this.#moveTo(position);
    this.#anchor = row.key;
    this.#select(this.#isSelected(row) ? without : [...without, ...nodes]);
  }

  #selectTo(position: number): void {
    const anchor = this.rows.findIndex(({ key }) => key === (this.#anchor || this.active));
    const start = anchor < 0 ? position : anchor;
    const range = this.rows.slice(Math.min(start, position), Math.max(start, position) + 1);
    const nodes = new Set(range.flatMap((row) => this.#stands(row)));
    const leading = this.#stands(this.rows[position]!).at(-1);
    if (leading !== undefined && nodes.delete(leading)) nodes.add(leading);
    this.#moveTo(position);
    this.#select([...nodes]);
  }

  #select(ids: readonly number[]): void {
    this.dispatchEvent(new CustomEvent<readonly number[]>('select', { detail: ids }));
  }

  #scrollTo(position: number): void {
    const table = this.#table;
    const top = position * rowHeight;
    const room = table.clientHeight - headHeight;
    if (top < table.scrollTop) table.scrollTop = top;
    else if (top + rowHeight > table.scrollTop + room) table.scrollTop = top + rowHeight - room;
    this.#measure();
  }

  static override styles = [swatchStyles, tableStyles];
}

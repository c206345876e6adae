import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { DiffNode, ModelDiff, Sides } from '../../src/protocol/diff.ts';
import { bytes, bytesChange, count, visible } from '../../src/protocol/format.ts';
import { levelOf, valueText, type ShownOverlay } from '../overlays/overlay.ts';
import { swatch, swatchStyles } from '../overlays/swatch.ts';
import { nameText, signs } from './rows.ts';

/** Of a row, CSS pixels; rows do not wrap, so that those out of sight need not be drawn. */
const rowHeight = 22;
const margin = 8;

/**
 * What became of the layers, one row each: the accessible equal of the graph. Draws only the rows in sight. Fires `choose` with the id of a node,
 * and `enter` when it is to be looked at in the graph.
 */
export class ChangeTable extends LitElement {
  static override properties = {
    diff: { attribute: false },
    rows: { attribute: false },
    shown: { attribute: false },
    selected: { attribute: false },
    first: { state: true },
    visible: { state: true },
  };

  declare diff: ModelDiff | undefined;
  /** Ids of nodes. */
  declare rows: readonly number[];
  declare shown: ShownOverlay | undefined;
  declare selected: number;
  declare first: number;
  declare visible: number;
  readonly #sizes = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.rows = [];
    this.selected = -1;
    this.first = 0;
    this.visible = 20;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  override render(): TemplateResult {
    const { diff, rows } = this;
    const from = Math.max(0, this.first - margin);
    const to = Math.min(rows.length, this.first + this.visible + margin);
    const at = rows.indexOf(this.selected);
    return html`<div
      class="scroll"
      role="grid"
      tabindex="0"
      aria-label="Layers of both models"
      aria-rowcount=${rows.length + 1}
      aria-activedescendant=${at >= from && at < to ? `row${at}` : nothing}
      @scroll=${() => this.#measure()}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event, at)}
    >
      <div class="row head" role="row" aria-rowindex="1">
        ${['', 'Layer', 'Operator', this.shown?.view.unit || 'Error', 'What changed', 'Channels', 'Parameters', 'Weights'].map(
          (title, i) => html`<span role="columnheader" class=${classes[i]!}>${title || html`<span class="hidden">Status</span>`}</span>`,
        )}
      </div>
      <div class="space" role="presentation">
        <div class="gap"></div>
        ${diff ? rows.slice(from, to).map((id, i) => this.#row(diff, id, from + i)) : nothing}
      </div>
      ${rows.length === 0 ? html`<p class="none">No layer is like that.</p>` : nothing}
    </div>`;
  }

  override updated(changed: PropertyValues<this>): void {
    const space = this.renderRoot.querySelector<HTMLElement>('.space')!;
    const gap = this.renderRoot.querySelector<HTMLElement>('.gap')!;
    space.style.height = `${this.rows.length * rowHeight}px`;
    gap.style.height = `${Math.max(0, this.first - margin) * rowHeight}px`;
    if (changed.has('selected') || changed.has('rows')) this.#reveal(this.rows.indexOf(this.selected));
  }

  #row(diff: ModelDiff, id: number, place: number): TemplateResult {
    const node = diff.nodes[id]!;
    const chosen = id === this.selected;
    const value = this.shown?.values.get(id);
    return html`<div
      id="row${place}"
      class="row ${node.status}"
      role="row"
      aria-rowindex=${place + 2}
      aria-selected=${chosen}
      @click=${() => this.#choose(id)}
      @dblclick=${() => this.#enter(id)}
    >
      <span role="gridcell" class="sign" title=${node.status}
        ><span aria-hidden="true">${signs[node.status]}</span><span class="hidden">${node.status}</span></span
      >
      <span role="gridcell" class="name" title=${nameText(node)}>${nameText(node)}</span>
      <span role="gridcell" class="op">${visible(diff.graph.nodes[id]!.title)}</span>
      <span role="gridcell" class="number error"
        >${value === undefined || !this.shown ? nothing : html`${swatch(Math.round(levelOf(this.shown.view, value)))} ${visible(valueText(this.shown.view, value))}`}</span
      >
      <span role="gridcell" class="what" title=${node.changes.map(visible).join('\n')}>${node.changes.map(visible).join('; ')}</span>
      <span role="gridcell" class="number">${sides(node.channels, String)}</span>
      <span role="gridcell" class="number">${sides(node.parameters, count)}</span>
      <span role="gridcell" class="number">${sizes(node)}</span>
    </div>`;
  }

  #onKey(event: KeyboardEvent, at: number): void {
    const page = Math.max(1, this.visible - 2);
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? this.rows.length - 1 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.rows.length - 1,
    };
    const target = targets[event.key];
    if (event.key === 'Enter' && at >= 0) this.#enter(this.rows[at]!);
    else if (target === undefined || this.rows.length === 0) return;
    else this.#choose(this.rows[Math.max(0, Math.min(this.rows.length - 1, target))]!);
    event.preventDefault();
  }

  #choose(id: number): void {
    this.dispatchEvent(new CustomEvent<number>('choose', { detail: id }));
  }

  #enter(id: number): void {
    this.dispatchEvent(new CustomEvent<number>('enter', { detail: id }));
  }

  get #scroll(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.scroll');
  }

  #measure(): void {
    const scroll = this.#scroll;
    if (!scroll) return;
    this.first = Math.floor(scroll.scrollTop / rowHeight);
    this.visible = Math.ceil(scroll.clientHeight / rowHeight);
  }

  #reveal(row: number): void {
    const scroll = this.#scroll;
    if (!scroll || row < 0) return;
    const [upper, lower] = [row * rowHeight, (row + 2) * rowHeight];
    if (upper < scroll.scrollTop) scroll.scrollTop = upper;
    else if (lower > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = lower - scroll.clientHeight;
  }

  static override styles = [
    swatchStyles,
    css`
      :host {
        display: block;
        min-height: 0;
        min-width: 0;
        overflow: hidden;
      }
      .scroll {
        height: 100%;
        overflow: auto;
        outline: none;
      }
      .scroll:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      .row {
        display: grid;
        grid-template-columns: 22px minmax(120px, 2fr) minmax(70px, 0.7fr) 84px minmax(120px, 2fr) 84px 104px 130px;
        gap: 0 8px;
        height: 22px;
        line-height: 22px;
        padding: 0 10px;
        min-width: 780px;
        box-sizing: border-box;
        cursor: pointer;
      }
      .row > span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .head {
        position: sticky;
        top: 0;
        z-index: 1;
        cursor: default;
        color: var(--vscode-descriptionForeground);
        background: var(--vscode-editor-background);
        border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      .row:not(.head):hover {
        background: var(--vscode-list-hoverBackground);
      }
      .row[aria-selected='true'] {
        background: var(--vscode-list-inactiveSelectionBackground);
        color: var(--vscode-list-inactiveSelectionForeground, inherit);
        outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .scroll:focus .row[aria-selected='true'] {
        background: var(--vscode-list-activeSelectionBackground);
        color: var(--vscode-list-activeSelectionForeground);
      }
      .same .name,
      .same .op {
        opacity: 0.85;
      }
      .sign {
        font-weight: 700;
        text-align: center;
      }
      .added .sign {
        color: var(--vscode-gitDecoration-addedResourceForeground, currentColor);
      }
      .removed .sign {
        color: var(--vscode-gitDecoration-deletedResourceForeground, currentColor);
      }
      [aria-selected='true'] .sign {
        color: inherit;
      }
      .removed .name {
        text-decoration: line-through;
      }
      .number {
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      .none {
        margin: 8px 14px;
        color: var(--vscode-descriptionForeground);
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

const classes = ['sign', 'name', 'op', 'number', 'what', 'number', 'number', 'number'];

/** "64 → 48"; one figure where it did not change, or where there is one model only. */
function sides(pair: Sides | undefined, text: (value: number) => string): string {
  if (!pair) return '';
  const [a, b] = pair;
  if (a === null || b === null) return a === null ? (b === null ? '' : text(b)) : text(a);
  return a === b ? text(a) : `${text(a)} → ${text(b)}`;
}

function sizes({ weightBytes }: DiffNode): string {
  if (!weightBytes) return '';
  const [a, b] = weightBytes;
  return a === null || b === null || a === b ? sides(weightBytes, bytes) : bytesChange(a, b);
}

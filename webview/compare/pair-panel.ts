import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FixView, PairDetail, StorageView } from '../../src/protocol/compare-messages.ts';
import type { DiffNode, ModelDiff, Sides } from '../../src/protocol/diff.ts';
import { bytes, count, shape, shortNumber, visible } from '../../src/protocol/format.ts';
import type { ChannelsView, LayerDetail, OverlayView, PortView } from '../../src/protocol/view.ts';
import { channelsSection, channelStyles } from '../detail/channels.ts';
import { levelOf, valueText } from '../overlays/overlay.ts';
import { swatch, swatchStyles } from '../overlays/swatch.ts';
import { nameText, signs } from './rows.ts';
import { panelStyles } from '../detail/panel-styles.ts';

/** What is asked of the host for one pair. */
export interface Asked<Answer> {
  answer?: Answer;
  failure?: string;
}

const words = { added: 'Added', removed: 'Removed', changed: 'Changed', same: 'Unchanged' } as const;

/** Two matched layers beside each other. Fires `fix` with a value, and `open` with a side. */
export class PairPanel extends LitElement {
  static override properties = {
    diff: { attribute: false },
    node: { attribute: false },
    detail: { attribute: false },
    values: { attribute: false },
    overlays: { attribute: false },
  };

  declare diff: ModelDiff | undefined;
  /** Id of the selected node; -1: none. */
  declare node: number;
  declare detail: Asked<PairDetail>;
  declare values: Asked<ChannelsView[]>;
  declare overlays: readonly OverlayView[];

  constructor() {
    super();
    this.node = -1;
    this.detail = {};
    this.values = {};
    this.overlays = [];
  }

  override render(): TemplateResult {
    const node = this.diff?.nodes[this.node];
    if (!this.diff || !node) return html`<p class="soft">Select a layer to see what became of it.</p>`;
    const { title } = this.diff.graph.nodes[this.node]!;
    return html`<h2>${nameText(node)}</h2>
      <p class="soft"><strong class="status ${node.status}">${signs[node.status]} ${words[node.status]}</strong> · ${visible(title)}</p>
      ${
        node.changes.length
          ? html`<ul class="changes">
              ${node.changes.map((change) => html`<li>${visible(change)}</li>`)}
            </ul>`
          : nothing
      }
      ${this.#measured()} ${this.#fix(node)} ${figures(node)} ${this.#values()} ${this.#detail()}`;
  }

  #measured(): TemplateResult | typeof nothing {
    const rows = this.overlays.flatMap((view) => view.values.filter(([id]) => id === this.node).map(([, value]) => ({ view, value })));
    if (rows.length === 0) return nothing;
    return html`<h3>Error</h3>
      <dl>
        ${rows.map(
          ({ view, value }) =>
            html`<dt title=${view.origin}>${visible(view.label)}</dt>
              <dd>${swatch(levelOf(view, value))} ${visible(valueText(view, value))}</dd>`,
        )}
      </dl>`;
  }

  /** Only where there is something to make good. */
  #fix({ status }: DiffNode): TemplateResult | typeof nothing {
    const fixes = this.detail.answer?.fixes ?? [];
    if (fixes.length === 0 || status !== 'changed') return nothing;
    return html`<h3>The fix for this layer</h3>
      <p class="soft">Written into the recipe of the first model.</p>
      <div class="fixes">
        ${fixes.map(
          (fix) =>
            html`<vscode-button secondary @click=${() => this.dispatchEvent(new CustomEvent<FixView>('fix', { detail: fix }))}
              >${visible(fix.label)}</vscode-button
            >`,
        )}
      </div>`;
  }

  #values(): TemplateResult | typeof nothing {
    const { answer, failure } = this.values;
    if (failure) return html`<p role="alert">${failure}</p>`;
    if (!answer) return html`<p class="soft" role="status">Reading the weights…</p>`;
    // What the run compared is shown until the outputs were measured here.
    const ofRun = answer.some(({ title }) => title === 'Output') ? [] : (this.detail.answer?.origin?.values ?? []);
    return html`${[...ofRun, ...answer].map(channelsSection)}`;
  }

  #detail(): TemplateResult | typeof nothing {
    const { answer, failure } = this.detail;
    if (failure) return html`<p role="alert">${failure}</p>`;
    if (!answer) return nothing;
    const { a, b, storage, ranges, origin } = answer;
    return html`${storageRows(storage)} ${ranges ? rangeRows(ranges) : nothing} ${origin ? originRows(origin) : nothing} ${attributes(a, b)}
    ${ports('Inputs', a?.inputs ?? [], b?.inputs ?? [])} ${ports('Outputs', a?.outputs ?? [], b?.outputs ?? [])}
    ${a ? this.#open('a') : nothing} ${b ? this.#open('b') : nothing}`;
  }

  #open(side: 'a' | 'b'): TemplateResult {
    const open = (): boolean => this.dispatchEvent(new CustomEvent('open', { detail: side }));
    return html`<p><button type="button" class="link" @click=${open}>Show in the ${side === 'a' ? 'first' : 'second'} model</button></p>`;
  }

  static override styles = [
    panelStyles,
    swatchStyles,
    channelStyles,
    css`
      :host {
        display: block;
        overflow-wrap: anywhere;
      }
      .soft,
      .summary,
      dt,
      th {
        color: var(--vscode-descriptionForeground);
      }
      .status {
        color: var(--vscode-foreground);
      }
      .status.added {
        color: var(--vscode-gitDecoration-addedResourceForeground, inherit);
      }
      .status.removed {
        color: var(--vscode-gitDecoration-deletedResourceForeground, inherit);
      }
      .changes {
        margin: 4px 0 0;
        padding-inline-start: 18px;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(5em, auto) 1fr;
        gap: 2px 10px;
        margin: 4px 0 0;
      }
      dt,
      dd {
        margin: 0;
      }
      .fixes {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        margin-top: 6px;
      }
      .sides {
        width: 100%;
        table-layout: fixed;
      }
      .sides th,
      .sides td {
        text-align: start;
        white-space: normal;
        vertical-align: top;
        padding: 2px 8px 2px 0;
      }
      .sides td.differs {
        font-weight: 600;
      }
      .link {
        all: unset;
        color: var(--vscode-textLink-foreground);
        cursor: pointer;
        margin-top: 8px;
      }
      .link:hover {
        text-decoration: underline;
      }
      .link:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
    `,
  ];
}

interface Row {
  name: string;
  a: string;
  b: string;
}

/** Rows that differ first and in bold; those that do not once. */
function sidesTable(title: string, rows: readonly Row[]): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  const sorted = [...rows.filter(({ a, b }) => a !== b), ...rows.filter(({ a, b }) => a === b)];
  return html`<h3>${title}</h3>
    <table class="sides">
      <thead>
        <tr>
          <th scope="col"><span class="soft">${' '}</span></th>
          <th scope="col">First</th>
          <th scope="col">Second</th>
        </tr>
      </thead>
      <tbody>
        ${sorted.map(
          ({ name, a, b }) =>
            html`<tr>
              <th scope="row">${visible(name)}</th>
              ${
                a === b
                  ? html`<td colspan="2">${visible(a)}</td>`
                  : html`<td class="differs">${visible(a)}</td>
                      <td class="differs">${visible(b)}</td>`
              }
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function figures(node: DiffNode): TemplateResult | typeof nothing {
  const row = (name: string, pair: Sides | undefined, text: (value: number) => string): Row[] =>
    pair ? [{ name, a: pair[0] === null ? '–' : text(pair[0]), b: pair[1] === null ? '–' : text(pair[1]) }] : [];
  return sidesTable('Figures', [
    ...row('Channels', node.channels, String),
    ...row('Parameters', node.parameters, count),
    ...row('Weights', node.weightBytes, bytes),
    ...row('Bits', node.bits, String),
    ...row('MACs', node.macs, count),
  ]);
}

function storageRows({ a, b }: PairDetail['storage']): TemplateResult | typeof nothing {
  if (!a && !b) return nothing;
  const text = (storage: StorageView | undefined, of: (storage: StorageView) => string): string => (storage ? of(storage) : 'float');
  return sidesTable('Range of the output', [
    { name: 'Type', a: text(a, ({ type }) => type), b: text(b, ({ type }) => type) },
    { name: 'From, to', a: text(a, rangeText), b: text(b, rangeText) },
    { name: 'Step', a: text(a, ({ step }) => number(step)), b: text(b, ({ step }) => number(step)) },
  ]);
}

/** What others would have chosen for the same values. */
const rangeRows = (ranges: NonNullable<PairDetail['ranges']>): TemplateResult =>
  html`<h3>What range estimators choose here</h3>
    <p class="soft">With 8 bits, from the first model's output.</p>
    <dl>
      ${ranges.map(
        ({ estimator, low, high }) =>
          html`<dt>${estimator}</dt>
            <dd>${number(low)} to ${number(high)}</dd>`,
      )}
    </dl>`;

const originRows = ({ title, text, rows }: NonNullable<PairDetail['origin']>): TemplateResult =>
  html`<h3>${visible(title)}</h3>
    <p class="soft">${visible(text)}</p>
    <dl>
      ${rows.map(
        ([label, value]) =>
          html`<dt>${visible(label)}</dt>
            <dd>${visible(value)}</dd>`,
      )}
    </dl>`;

const number = (value: number): string =>
  (Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential(2) : shortNumber(value)).replace('-', '−');
const rangeText = ({ low, high }: StorageView): string => `${number(low)}, ${number(high)}`;

function attributes(a: LayerDetail | undefined, b: LayerDetail | undefined): TemplateResult | typeof nothing {
  const [before, after] = [a, b].map((detail) => new Map((detail?.attributes ?? []).map(({ name, value }) => [name, value]))) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const absent = (detail: LayerDetail | undefined): string => (detail ? 'not given' : '–');
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return sidesTable(
    'Attributes',
    names.map((name) => ({ name, a: before.get(name) ?? absent(a), b: after.get(name) ?? absent(b) })),
  );
}

function ports(title: string, a: readonly PortView[], b: readonly PortView[]): TemplateResult | typeof nothing {
  const rows = Array.from({ length: Math.max(a.length, b.length) }, (_, i): Row => ({
    name: String(i),
    a: portText(a[i]),
    b: portText(b[i]),
  }));
  return sidesTable(title, rows);
}

/** Names of values differ from model to model; what they are is what counts. */
function portText(port: PortView | undefined): string {
  if (!port || port.kind === 'absent') return 'not given';
  return `${port.kind === 'constant' ? 'constant ' : ''}${port.type} ${shape(port.shape)}`;
}

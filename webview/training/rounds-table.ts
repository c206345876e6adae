import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { RoundRow, ShownPruning } from '../../src/protocol/rounds-layout.ts';
import { tableStyles } from './table-styles.ts';

/** Longer names are cut. */
const shownName = 160;

/** The rounds of a pruning and its groups of channels, before and after. */
export class RoundsTable extends LitElement {
  static override properties = { shown: { attribute: false } };

  declare shown: ShownPruning;

  override render(): TemplateResult {
    const { rows, metric, groups, history } = this.shown;
    const columns = columnsOf(rows, metric);
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Rounds of ${visible(history.step)}">
        <table>
          <thead>
            <tr>
              ${columns.map(([title]) => html`<th scope="col">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${columns.map(([, key], i) => (i === 0 ? html`<th scope="row">${row[key]}</th>` : html`<td>${row[key]}</td>`))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${groups.length === 0 ? nothing : this.#groups()}`;
  }

  #groups(): TemplateResult {
    const { groups, history } = this.shown;
    return html`<details>
      <summary>Channels by group</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Channels by group, ${visible(history.step)}">
        <table>
          <thead>
            <tr>
              ${['Group', 'Before', 'After', 'Removed'].map((title) => html`<th scope="col">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${groups.map(
              ({ name, before, after }) =>
                html`<tr>
                  <th scope="row">${visible(name.slice(0, shownName))}</th>
                  <td>${before}</td>
                  <td>${after}</td>
                  <td>${Math.round(100 * (1 - after / before))} %</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>`;
  }

  static override styles = tableStyles;
}

/** Those that say something. */
function columnsOf(rows: readonly RoundRow[], metric: string): (readonly [title: string, key: keyof RoundRow])[] {
  const all: (readonly [string, keyof RoundRow])[] = [
    ['Round', 'round'],
    ['Channels', 'channels'],
    ['Parameters', 'parameters'],
    ['Multiply-adds', 'macs'],
    ['Bytes', 'bytes'],
    [`${metric} after the cut`, 'cut'],
    [`${metric} after training`, 'tuned'],
    ['One picture', 'time'],
    ['Took', 'seconds'],
  ];
  return all.filter(([, key]) => rows.some((row) => row[key] !== ''));
}

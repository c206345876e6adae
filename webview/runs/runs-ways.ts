import { html, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { RunComparison } from '../../src/protocol/runs-comparison.ts';

/** Each model of a chain compressed alone, and all jointly, as runs measured it. `open` gets the place of a run. */
export const runsWays = ({ runs, ways = [] }: RunComparison, open: (place: number) => void): TemplateResult[] =>
  ways.map(({ run, columns, rows, samples }) => {
    const name = visible(runs[run]!.name);
    return html`<h2>Alone and jointly: <button class="link" @click=${() => open(run)}>${name}</button></h2>
      <p class="soft">Measured on the same ${samples} pictures; models that a row does not name stay as they came.</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${`Ways to compress the chain of ${name}`}>
        <table>
          <thead>
            <tr>
              ${columns.map((column) => html`<th scope="col">${visible(column)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ([way = '', ...cells]) =>
                html`<tr>
                  <th scope="row">${visible(way)}</th>
                  ${cells.map((cell) => html`<td>${visible(cell)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
  });

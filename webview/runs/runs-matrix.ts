import { html, type TemplateResult } from 'lit';
import { bytes, visible } from '../../src/protocol/format.ts';
import type { ComparedRun, RunComparison } from '../../src/protocol/runs-comparison.ts';
import { figureText } from './texts.ts';

/** Methods as rows, targets as columns, the figures of their runs in the cells. `open` gets the place of a run. */
export const runsMatrix = (
  { runs }: RunComparison,
  { methods, targets, cells }: NonNullable<RunComparison['matrix']>,
  open: (place: number) => void,
): TemplateResult =>
  html`<h2>Methods by targets</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Methods by targets">
      <table>
        <thead>
          <tr>
            <th scope="col">Method</th>
            ${targets.map((target) => html`<th scope="col">${visible(target)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${methods.map(
            (method, row) =>
              html`<tr>
                <th scope="row">${visible(method)}</th>
                ${cells[row]!.map(
                  (places) =>
                    html`<td>
                      ${places.map((at) => html`<button class="link" title=${visible(runs[at]!.name)} @click=${() => open(at)}>${text(runs[at]!)}</button>`)}
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;

const text = ({ metrics, costs, status }: ComparedRun): string => {
  const size = costs['bytes']?.after;
  const value = metrics ? figureText(metrics.after.value, metrics.after.unit) : status;
  return size === undefined ? value : `${value}, ${bytes(size)}`;
};

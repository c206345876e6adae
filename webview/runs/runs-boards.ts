import { html, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { StageCell } from '../../src/protocol/deployments.ts';
import type { ComparedBoard, RunComparison } from '../../src/protocol/runs-comparison.ts';

type Boards = NonNullable<RunComparison['boards']>;

/** Runs whose results were measured on boards: float model, result here, board; then methods by boards. `open` gets the place of a run. */
export const runsBoards = ({ runs }: RunComparison, { columns, rows, matrix }: Boards, open: (place: number) => void): TemplateResult =>
  html`<h2>On boards</h2>
    <p class="soft">What is simulated or run here is no measurement of the board, and has a column of its own.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="On boards">
      <table>
        <thead>
          <tr>
            ${['Run', 'Board', ...columns].map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ run, board, detail, cells }) =>
              html`<tr>
                <th scope="row">
                  <button class="link" @click=${() => open(run)}>${visible(runs[run]!.name)}</button>
                  <div class="soft">${visible(runs[run]!.method)}</div>
                </th>
                <td>${stageCell({ text: board, ...(detail === undefined ? {} : { note: detail }) })}</td>
                ${cells.map((cell) => html`<td>${stageCell(cell)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${matrix ? byBoards(runs, rows, matrix, open) : nothing}`;

const stageCell = ({ text, note, missing }: StageCell): TemplateResult =>
  html`${missing ? html`<span class="soft">${visible(text)}</span>` : visible(text)}${note ? html`<div class="soft">${visible(note)}</div>` : nothing}`;

const byBoards = (
  runs: RunComparison['runs'],
  rows: readonly ComparedBoard[],
  { methods, boards, cells }: NonNullable<Boards['matrix']>,
  open: (place: number) => void,
): TemplateResult =>
  html`<h2>Methods by boards</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Methods by boards">
      <table>
        <thead>
          <tr>
            <th scope="col">Method</th>
            ${boards.map((board) => html`<th scope="col">${visible(board)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${methods.map(
            (method, at) =>
              html`<tr>
                <th scope="row">${visible(method)}</th>
                ${cells[at]!.map(
                  (places) =>
                    html`<td>
                      ${places.map((place) => {
                        const { run, short } = rows[place]!;
                        return html`<button class="link" title=${visible(runs[run]!.name)} @click=${() => open(run)}>${short}</button>`;
                      })}
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { chartStyles } from '../styles/chart.ts';
import { visible } from '../../src/protocol/format.ts';
import type { ScoresLayout } from '../../src/protocol/curve-layout.ts';
import type { ComparedTrainings } from '../../src/protocol/runs-comparison.ts';
import { figureText } from './texts.ts';

/** Tells lines apart beside their colour. */
const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 2', '1 2'];

/** Scores of trainings on validation pictures, epoch by epoch, and the table that says the same. `layout` is of `group`. Fires `run` with the place of a run. */
export class RunsCurves extends LitElement {
  static override properties = { group: { attribute: false }, layout: { attribute: false } };

  declare group: ComparedTrainings;
  declare layout: ScoresLayout | undefined;

  override render(): TemplateResult {
    const { title, unit, trainings, by } = this.group;
    const titles =
      by === 'rounds' ? ['Pruning', 'Rounds', 'Before', 'After', 'Left'] : ['Training', 'Epochs', 'Before', 'Best', 'At epoch'];
    return html`${this.layout ? this.#picture(this.layout) : nothing}
      <div class="scroll" tabindex="0" role="region" aria-label="${by === 'rounds' ? 'Prunings' : 'Trainings'} by ${title}">
        <table>
          <thead>
            <tr>
              ${titles.map((text) => html`<th scope="col">${text}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${trainings.map(
              ({ run, name, epochs, scores, best, left }) =>
                html`<tr>
                  <th scope="row"><button @click=${() => this.#open(run)}>${visible(name)}</button></th>
                  <td>${by === 'rounds' ? epochs : `${scores.at(-1)!.epoch} of ${epochs}`}</td>
                  <td>${figureText(scores[0]!.value, unit)}</td>
                  <td>${figureText(scores[best]!.value, unit)}</td>
                  <td>${left ?? scores[best]!.epoch}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
  }

  #picture({ width, height, left, right, bottom, xTicks, yTicks, lines }: ScoresLayout): TemplateResult {
    return html`<svg
      viewBox="0 0 ${width} ${height}"
      width=${width}
      height=${height}
      role="img"
      aria-label="${this.group.title} on validation pictures by ${this.#unit()}; the table below has the same figures"
    >
      ${yTicks.map(
        ({ at, text }) =>
          svg`<line class="grid" x1=${left} x2=${right} y1=${at} y2=${at} /><text x=${left - 8} y=${at + 4} text-anchor="end">${text}</text>`,
      )}
      <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
      ${xTicks.map(({ at, text }) => svg`<text x=${at} y=${bottom + 18} text-anchor="middle">${text}</text>`)}
      <text x=${left - 8} y=${bottom + 18} text-anchor="end">${this.#unit()}</text>
      ${lines.map(({ corners, best: [x, y], label }, i) => {
        const own = i % dashes.length;
        return svg`<polyline class="line run-${own}" stroke-dasharray=${dashes[own]!} points=${corners.map((corner) => corner.join(',')).join(' ')} />
          <path class="kept run-${own}" d="M${x} ${y - 6}l5 6l-5 6l-5 -6z" />
          <text x=${label.x} y=${label.y}>${visible(label.text)}</text>`;
      })}
    </svg>`;
  }

  #unit(): string {
    return this.group.by === 'rounds' ? 'round' : 'epoch';
  }

  #open(run: number): void {
    this.dispatchEvent(new CustomEvent('run', { detail: run }));
  }

  static override styles = [
    chartStyles,
    css`
      .line {
        fill: none;
        stroke: var(--own);
        stroke-width: 1.8;
        stroke-linejoin: round;
      }
      .kept {
        fill: var(--own);
        stroke: var(--vscode-editor-background);
      }
      .run-0 {
        --own: var(--vscode-charts-blue);
      }
      .run-1 {
        --own: var(--vscode-charts-green);
      }
      .run-2 {
        --own: var(--vscode-charts-purple);
      }
      .run-3 {
        --own: var(--vscode-charts-red);
      }
      .run-4 {
        --own: var(--vscode-charts-yellow);
      }
      .run-5 {
        --own: var(--vscode-foreground);
      }
      .scroll {
        overflow-x: auto;
        position: relative;
      }
      .scroll:focus-visible,
      button:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        text-align: right;
        padding: 4px 12px;
        font-weight: normal;
        border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      th:first-child {
        text-align: left;
        overflow-wrap: anywhere;
      }
      thead th {
        font-weight: 600;
      }
      button {
        min-height: 24px;
        font: inherit;
        text-align: left;
        color: var(--vscode-textLink-foreground);
        background: none;
        border: none;
        padding: 0;
        cursor: pointer;
      }
    `,
  ];
}

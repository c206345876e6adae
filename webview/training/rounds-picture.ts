import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { chartStyles } from '../styles/chart.ts';
import type { RoundsBand, RoundsLayout } from '../../src/protocol/rounds-layout.ts';

/** Scores, what is left, and times of the rounds of a pruning. The table has the same figures: it is the way of the keyboard. */
export class RoundsPicture extends LitElement {
  static override properties = { layout: { attribute: false }, name: { attribute: false } };

  declare layout: RoundsLayout | undefined;
  declare name: string;

  override render(): TemplateResult | typeof nothing {
    if (!this.layout) return nothing;
    const { width, height, left, right, bands, xTicks } = this.layout;
    const bottom = bands.at(-1)?.bottom ?? 0;
    return html`<svg
      viewBox="0 0 ${width} ${height}"
      width=${width}
      height=${height}
      role="img"
      aria-label="Rounds of ${this.name}. The table has the same figures."
    >
      ${bands.map((band) => drawn(band, left, right))}
      ${xTicks.map(({ at, text }) => svg`<text x=${at} y=${bottom + 17} text-anchor="middle">${text}</text>`)}
    </svg>`;
  }

  static override styles = [
    chartStyles,
    css`
      .score,
      .time {
        --own: var(--vscode-charts-green);
      }
      .cut {
        --own: var(--vscode-descriptionForeground);
      }
      .macs {
        --own: var(--vscode-charts-blue);
      }
      .parameters {
        --own: var(--vscode-charts-purple);
      }
      .bytes {
        --own: var(--vscode-charts-yellow);
      }
      polyline {
        fill: none;
        stroke: var(--own);
        stroke-width: 1.8;
        stroke-linejoin: round;
      }
      polyline.cut {
        stroke-dasharray: 4 3;
      }
      circle {
        fill: var(--own);
        stroke: var(--vscode-editor-background);
      }
      circle.cut {
        fill: var(--vscode-editor-background);
        stroke: var(--own);
        stroke-width: 1.5;
      }
    `,
  ];
}

const drawn = ({ title, top, bottom, ticks, lines }: RoundsBand, left: number, right: number): TemplateResult =>
  svg`<text class="title" x=${left} y=${top - 9}>${title}</text>
  ${ticks.map(
    ({ at, text }) =>
      svg`<line class="grid" x1=${left} x2=${right} y1=${at} y2=${at} /><text x=${left - 8} y=${at + 4} text-anchor="end">${text}</text>`,
  )}
  <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
  ${lines.map(
    ({ what, corners, label }) =>
      svg`<polyline class=${what} points=${corners.map((corner) => corner.join(',')).join(' ')} />
      ${corners.map(([x, y]) => svg`<circle class=${what} cx=${x} cy=${y} r="3.5" />`)}
      <circle class=${what} cx=${label.x + 4} cy=${label.y - 4} r="3.5" /><text x=${label.x + 12} y=${label.y}>${label.text}</text>`,
  )}` as TemplateResult;

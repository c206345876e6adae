import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { BudgetPicture } from '../../src/protocol/shared-budget.ts';
import type { ScatterMark } from '../../src/protocol/scatter.ts';
import { chartStyles } from '../styles/chart.ts';
import { axes } from './runs-scatter.ts';

/** What the answer of a chain loses against what its models take, as it was laid out. The table beside it has what was taken. */
export class BudgetPictureElement extends LitElement {
  static override properties = { picture: { attribute: false } };

  declare picture: BudgetPicture | undefined;

  override render(): TemplateResult | typeof nothing {
    if (!this.picture) return nothing;
    const { title, layout, points } = this.picture;
    const { width, height, front, marks } = layout;
    return html`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label=${visible(title)}>
      ${axes(layout)}
      <polyline class="front" points=${front.map(([x, y]) => `${x},${y}`).join(' ')} />
      ${marks.map((mark) => drawn(mark, points[mark.index]!))}
    </svg>`;
  }

  static override styles = [
    chartStyles,
    css`
      .front {
        fill: none;
        stroke: var(--vscode-charts-blue);
        stroke-width: 1.5;
        stroke-dasharray: 5 3;
      }
      .shape {
        fill: var(--vscode-charts-blue);
        stroke: var(--vscode-editor-background);
      }
      .soft .shape {
        fill: var(--vscode-editor-background);
        stroke: var(--vscode-descriptionForeground);
        stroke-width: 1.5;
      }
    `,
  ];
}

const drawn = ({ x, y, label }: ScatterMark, { title, mark }: BudgetPicture['points'][number]): TemplateResult =>
  svg`<g class=${mark ?? ''}>
    <circle class="shape" cx=${x} cy=${y} r=${mark === 'strong' ? 7 : 5}><title>${visible(title)}</title></circle>
    ${label ? svg`<text x=${label.x} y=${label.y} text-anchor=${label.anchor}>${visible(label.text)}</text>` : nothing}
  </g>` as TemplateResult;

import { css, html, nothing, svg, type TemplateResult } from 'lit';
import type { HistogramView } from '../../src/protocol/view.ts';
import { number } from './words.ts';

const [width, height] = [240, 56];

/** Histograms over one axis; the range that integers stand for, where they are of such. */
export interface HistogramChart {
  readonly histograms: readonly HistogramView[];
  readonly range?: readonly [low: number, high: number];
}

/**
 * The first as a filled shape, the others as lines; what lies beyond the range is shaded. Each is as high as the picture, by square roots, so that
 * tails are seen.
 */
export function histogramChart({ histograms, range }: HistogramChart): TemplateResult {
  const low = Math.min(...histograms.map((one) => one.low), ...(range ?? []));
  const high = Math.max(...histograms.map((one) => one.high), ...(range ?? []));
  const x = (value: number): number => (high > low ? ((value - low) / (high - low)) * width : 0);
  const labels = histograms.map(({ label }) => label).join(' and ');
  // Within a pixel of the end nothing is seen to be cut off.
  const cut = range && (x(range[0]) > 1 || x(range[1]) < width - 1);
  return html`<svg
      viewBox="0 0 ${width} ${height}"
      preserveAspectRatio="none"
      role="img"
      aria-label="Histogram: ${labels}, from ${number(low)} to ${number(high)}${
        cut ? `, integers reach from ${number(range[0])} to ${number(range[1])}` : ''
      }"
    >
      ${range && x(range[0]) > 1 ? svg`<rect class="cut" x="0" y="0" width=${x(range[0])} height=${height}></rect>` : nothing}
      ${range && x(range[1]) < width - 1 ? svg`<rect class="cut" x=${x(range[1])} y="0" width=${width - x(range[1])} height=${height}></rect>` : nothing}
      ${histograms.map((one, i) =>
        i === 0
          ? svg`<polygon class="fill" points="${x(one.low).toFixed(1)},${height} ${outline(one, x)} ${x(one.high).toFixed(1)},${height}"></polygon>`
          : svg`<polyline class="line" points=${outline(one, x)}></polyline>`,
      )}
      ${(range ?? []).map((edge) => svg`<line class="edge" x1=${x(edge)} x2=${x(edge)} y1="0" y2=${height}></line>`)}
    </svg>
    <div class="ends"><span>${number(low)}</span>${histograms.length > 1 ? legend(histograms) : nothing}<span>${number(high)}</span></div>
    ${cut ? html`<p class="summary">Dashed: what integers reach, ${number(range[0])} to ${number(range[1])}. Shaded: cut off.</p>` : nothing}`;
}

const legend = (histograms: readonly HistogramView[]): TemplateResult =>
  html`<span
    >${histograms.map(({ label }, i) => html`<i class=${i === 0 ? 'key area' : 'key stroke'} aria-hidden="true"></i>${label} `)}</span
  >`;

function outline({ counts, low, high }: HistogramView, x: (value: number) => number): string {
  const step = (high - low) / Math.max(1, counts.length);
  const most = Math.sqrt(counts.reduce((a, b) => Math.max(a, b), 1));
  return counts
    .flatMap((bin, i) => {
      const y = (height - (Math.sqrt(bin) / most) * (height - 2)).toFixed(1);
      return [`${x(low + i * step).toFixed(1)},${y}`, `${x(low + (i + 1) * step).toFixed(1)},${y}`];
    })
    .join(' ');
}

export const histogramStyles = css`
  svg {
    display: block;
    width: 100%;
    max-width: 420px;
    height: 56px;
    margin-top: 4px;
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, currentColor));
  }
  .fill {
    fill: var(--vscode-charts-blue, currentColor);
    opacity: 0.55;
  }
  .line {
    fill: none;
    stroke: var(--vscode-foreground);
    stroke-width: 1.2;
    vector-effect: non-scaling-stroke;
  }
  .edge {
    stroke: var(--vscode-descriptionForeground);
    stroke-dasharray: 3 2;
    vector-effect: non-scaling-stroke;
  }
  .cut {
    fill: var(--vscode-charts-orange, currentColor);
    opacity: 0.25;
  }
  .ends {
    display: flex;
    justify-content: space-between;
    gap: 8px;
    max-width: 420px;
    color: var(--vscode-descriptionForeground);
    font-size: 0.9em;
    font-variant-numeric: tabular-nums;
  }
  .key {
    display: inline-block;
    width: 12px;
    margin: 0 4px 0 6px;
    vertical-align: middle;
  }
  .key.area {
    height: 8px;
    background: var(--vscode-charts-blue, currentColor);
    opacity: 0.7;
  }
  .key.stroke {
    border-top: 2px solid var(--vscode-foreground);
  }
`;

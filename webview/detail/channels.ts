import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { count, shortNumber, visible } from '../../src/protocol/format.ts';
import type { ChannelsView, HistogramView } from '../../src/protocol/view.ts';
import { figureText } from '../overlays/overlay.ts';

const [width, height] = [240, 48];

/** The values of a layer: where they lie, what is cut off, and which channels lose most. */
export function channelsSection(view: ChannelsView): TemplateResult {
  return html`<h3>${visible(view.title)}</h3>
    <p class="summary">${visible(view.text)}</p>
    ${view.histograms.length ? histogram(view) : nothing} ${view.worst.length ? worstChannels(view) : nothing}`;
}

/** The first as a filled shape, the others as lines, the range as dashed ones. Each is as high as the picture, by square roots, so that tails are seen. */
function histogram({ histograms, range }: ChannelsView): TemplateResult {
  const low = Math.min(...histograms.map((one) => one.low), ...(range ?? []));
  const high = Math.max(...histograms.map((one) => one.high), ...(range ?? []));
  const x = (value: number): number => (high > low ? ((value - low) / (high - low)) * width : 0);
  const labels = histograms.map(({ label }) => label).join(', ');
  return html`<svg
      viewBox="0 0 ${width} ${height}"
      preserveAspectRatio="none"
      role="img"
      aria-label="Histogram of ${labels}, from ${number(low)} to ${number(high)}"
    >
      ${histograms.map((one, i) =>
        i === 0
          ? svg`<polygon class="fill" points="${x(one.low).toFixed(1)},${height} ${outline(one, x)} ${x(one.high).toFixed(1)},${height}"></polygon>`
          : svg`<polyline class="line" points=${outline(one, x)}></polyline>`,
      )}
      ${(range ?? []).map((edge) => svg`<line class="edge" x1=${x(edge)} x2=${x(edge)} y1="0" y2=${height}></line>`)}
    </svg>
    <p class="summary ends"><span>${number(low)}</span><span>${labels}</span><span>${number(high)}</span></p>`;
}

function outline({ counts, low, high }: HistogramView, x: (value: number) => number): string {
  const step = (high - low) / Math.max(1, counts.length);
  const most = Math.sqrt(Math.max(1, ...counts));
  return counts
    .flatMap((bin, i) => {
      const y = (height - (Math.sqrt(bin) / most) * (height - 2)).toFixed(1);
      return [`${x(low + i * step).toFixed(1)},${y}`, `${x(low + (i + 1) * step).toFixed(1)},${y}`];
    })
    .join(' ');
}

function worstChannels({ worst, count: all }: ChannelsView): TemplateResult {
  const shares = worst.some(({ share }) => share !== undefined);
  return html`<table>
    <caption>
      ${all > worst.length ? `Worst ${worst.length} of ${count(all)} channels` : 'Channels, worst first'}
    </caption>
    <thead>
      <tr>
        <th scope="col" title="Channel">#</th>
        <th scope="col">Least</th>
        <th scope="col">Most</th>
        <th scope="col" title="Signal over noise, in dB">SQNR</th>
        ${shares ? html`<th scope="col" title="Share of the noise of all channels">Noise</th>` : nothing}
      </tr>
    </thead>
    <tbody>
      ${worst.map(
        ({ channel, low, high, sqnr, share }) =>
          html`<tr>
            <td>${channel}</td>
            <td>${number(low)}</td>
            <td>${number(high)}</td>
            <td>${figureText(sqnr, 'dB')}</td>
            ${shares ? html`<td>${share === undefined ? '' : `${shortNumber(share * 100)} %`}</td>` : nothing}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const number = (value: number): string =>
  Number.isFinite(value)
    ? (Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential(1) : shortNumber(value)).replace('-', '−')
    : String(value);

export const channelStyles = css`
  svg {
    display: block;
    width: 100%;
    max-width: 360px;
    height: 48px;
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
  .ends {
    display: flex;
    justify-content: space-between;
    max-width: 360px;
    font-size: 0.9em;
  }
  table {
    overflow-wrap: normal;
    border-collapse: collapse;
    margin-top: 6px;
    font-variant-numeric: tabular-nums;
  }
  caption {
    text-align: start;
    color: var(--vscode-descriptionForeground);
  }
  th,
  td {
    text-align: end;
    padding: 1px 0 1px 9px;
    vertical-align: bottom;
    font-weight: normal;
    white-space: nowrap;
  }
  th {
    color: var(--vscode-descriptionForeground);
  }
  th:first-child,
  td:first-child {
    padding-left: 0;
  }
`;

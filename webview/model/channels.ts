import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { count, shortNumber, visible } from '../../src/protocol/format.ts';
import type { ChannelsView } from '../../src/protocol/view.ts';
import { figureText } from './overlay.ts';

const [width, height] = [240, 48];

/** The values of a layer: where they lie, and which channels lose most. */
export function channelsSection(view: ChannelsView): TemplateResult {
  return html`<h3>${visible(view.title)}</h3>
    <p class="summary">${count(view.count)} channels, from ${number(view.low)} to ${number(view.high)}</p>
    ${view.histograms.length ? histogram(view) : nothing} ${view.worst.length ? worstChannels(view) : nothing}`;
}

/** The first as a filled shape, the others as lines. Heights are square roots, so that tails are seen. */
function histogram({ histograms, low, high }: ChannelsView): TemplateResult {
  const most = Math.sqrt(Math.max(1, ...histograms.flatMap(({ counts }) => counts)));
  const text = `${histograms.map(({ label }) => label).join(' and ')}, from ${number(low)} to ${number(high)}`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Histogram: ${text}">
      ${histograms.map(({ counts }, i) => {
        const points = outline(counts, most);
        return i === 0
          ? svg`<polygon class="fill" points="0,${height} ${points} ${width},${height}"></polygon>`
          : svg`<polyline class="line" points=${points}></polyline>`;
      })}
    </svg>
    <p class="summary ends">
      <span>${number(low)}</span><span>${histograms.map(({ label }) => label).join(', ')}</span><span>${number(high)}</span>
    </p>`;
}

function outline(counts: readonly number[], most: number): string {
  const step = width / Math.max(1, counts.length);
  return counts
    .flatMap((bin, i) => {
      const y = (height - (Math.sqrt(bin) / most) * (height - 2)).toFixed(1);
      return [`${(i * step).toFixed(1)},${y}`, `${((i + 1) * step).toFixed(1)},${y}`];
    })
    .join(' ');
}

function worstChannels({ worst, count: all, figure, unit }: ChannelsView): TemplateResult {
  const rest = all - worst.length;
  return html`<table>
    <caption>
      ${rest > 0 ? `Worst ${worst.length} of ${count(all)} channels` : 'Channels, worst first'}
    </caption>
    <thead>
      <tr>
        <th scope="col">Channel</th>
        <th scope="col">Least</th>
        <th scope="col">Greatest</th>
        <th scope="col">${visible(figure)}</th>
      </tr>
    </thead>
    <tbody>
      ${worst.map(
        (row) =>
          html`<tr>
            <td>${row.channel}</td>
            <td>${number(row.low)}</td>
            <td>${number(row.high)}</td>
            <td>${figureText(row.value, unit)}</td>
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
  .ends {
    display: flex;
    justify-content: space-between;
    max-width: 360px;
    font-size: 0.9em;
  }
  table {
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
    padding: 1px 0 1px 14px;
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

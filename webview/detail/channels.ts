import { css, html, nothing, type TemplateResult } from 'lit';
import { count, shortNumber, visible } from '../../src/protocol/format.ts';
import type { ChannelsView } from '../../src/protocol/view.ts';
import { figureText } from '../overlays/overlay.ts';
import { histogramChart, histogramStyles } from './histogram.ts';
import { number } from './words.ts';

/** The values of a layer: where they lie, what is cut off, and which channels lose most. */
export function channelsSection(view: ChannelsView): TemplateResult {
  return html`<h3>${visible(view.title)}</h3>
    <p class="summary">${visible(view.text)}</p>
    ${view.histograms.length ? histogramChart(view) : nothing} ${view.worst.length ? worstChannels(view) : nothing}`;
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

export const channelStyles = [
  histogramStyles,
  css`
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
  `,
];

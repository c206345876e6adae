import type { PruningHistory, RoundsBand, RoundsLayout } from '../../protocol/rounds-layout.ts';
import { html, type Html } from './html-text.ts';
import { layoutRounds } from './rounds-layout.ts';
import { shownPruning } from './rounds-rows.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

const pictureWidth = 1120;

/** What each round of pruning left and what it was worth: picture, table, groups before and after. */
export function roundsSection({ prunings = [] }: ReportData): Html {
  return html`${prunings.filter(({ rounds }) => rounds.length > 0).map(onePruning)}`;
}

function onePruning(history: PruningHistory): Html {
  const { step } = history;
  const { rows, metric, groups } = shownPruning(history);
  const timed = rows.some(({ time }) => time !== '');
  const trained = rows.some(({ tuned }, i) => i > 0 && tuned !== '');
  return html`<h2>Rounds: ${step}</h2>
    ${picture(layoutRounds(history, pictureWidth), `What each round of ${step} left; the table has the same figures`)}
    ${table(`Rounds of ${step}`, rows, [
      { title: 'Round', cell: ({ round }) => round },
      { title: 'Channels', number: true, cell: ({ channels }) => channels },
      { title: 'Parameters', number: true, cell: ({ parameters }) => parameters },
      { title: 'Multiply-adds', number: true, cell: ({ macs }) => macs },
      { title: 'Bytes', number: true, cell: (row) => row.bytes },
      ...(metric === '' ? [] : [{ title: `${metric} after the cut`, number: true, cell: ({ cut }: { cut: string }) => cut }]),
      ...(trained ? [{ title: `${metric} after training`, number: true, cell: ({ tuned }: { tuned: string }) => tuned }] : []),
      ...(timed ? [{ title: 'One picture', number: true, cell: ({ time }: { time: string }) => time }] : []),
      { title: 'Took', number: true, cell: ({ seconds }) => seconds },
    ])}
    <details>
      <summary>Channels by group</summary>
      ${table(`Channels by group, ${step}`, groups, [
        { title: 'Group', kind: 'name', cell: ({ name }) => name },
        { title: 'Before', number: true, cell: ({ before }) => before },
        { title: 'After', number: true, cell: ({ after }) => after },
        { title: 'Removed', number: true, cell: ({ before, after }) => `${Math.round(100 * (1 - after / before))} %` },
      ])}
    </details>`;
}

function picture({ width, height, left, right, bands, xTicks }: RoundsLayout, label: string): Html {
  const bottom = bands.at(-1)?.bottom ?? 0;
  return html`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${label}">
    ${bands.map((band) => drawn(band, left, right))}
    ${xTicks.map(({ at, text }) => html`<text x="${at}" y="${bottom + 17}" text-anchor="middle">${text}</text>`)}
  </svg>`;
}

const drawn = ({ title, top, bottom, ticks, lines }: RoundsBand, left: number, right: number): Html =>
  html`<text class="band" x="${left}" y="${top - 9}">${title}</text>${ticks.map(
      ({ at, text }) =>
        html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}" /><text x="${left - 8}" y="${at + 4}" text-anchor="end"
            >${text}</text
          >`,
    )}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />${lines.map(
      ({ what, corners, label }) =>
        html`<polyline class="rounds ${what}" points="${corners.map((corner) => corner.join(',')).join(' ')}" />${corners.map(
            ([x, y]) => html`<circle class="rounds ${what}" cx="${x}" cy="${y}" r="4" />`,
          )}<circle class="rounds ${what}" cx="${label.x + 4}" cy="${label.y - 4}" r="3.5" /><text x="${label.x + 12}" y="${label.y}"
            >${label.text}</text
          >`,
    )}`;

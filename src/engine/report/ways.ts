import type { RunComparison, WayTable } from '../../protocol/runs-comparison.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import { boxesText, bytes, metricTitle, scoreText } from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

/** The float chain, each of its models compressed alone, and all of them jointly, with each split of the pictures; undefined where nothing was compared. */
function wayTable(ways: NonNullable<RunSummary['ways']>): WayTable | undefined {
  const [first] = ways;
  if (!first) return undefined;
  const { metric, samples, boxes, splits = [] } = first.metrics;
  const names = splits.map(({ split }) => split);
  return {
    columns: [
      'Way',
      metricTitle(metric),
      ...(boxes ? ['Boxes'] : []),
      ...splits.map(({ split, samples: count }) => `${split} (${count})`),
      'Packed',
    ],
    rows: ways.map(({ title, packedBytes, metrics }) => [
      title,
      scoreText(metrics.value, metrics.unit),
      ...(boxes ? [metrics.boxes ? boxesText(metrics.boxes) : ''] : []),
      ...names.map((name) => {
        const found = metrics.splits?.find(({ split }) => split === name);
        return found ? (found.boxes ? boxesText(found.boxes) : scoreText(found.value, metrics.unit)) : '';
      }),
      bytes(packedBytes),
    ]),
    samples,
  };
}

const tablePart = ({ columns, rows, samples }: WayTable): Html =>
  html`<p class="soft">Measured on the same ${samples} pictures; models that a row does not name stay as they came.</p>
    ${table(
      'Ways to compress the chain',
      rows,
      columns.map((title, at) => ({ title, ...(at === 0 ? { kind: 'name' as const } : {}), cell: (row: readonly string[]) => row[at] })),
    )}`;

/** As part of a report. */
export function waysSection({ result: { ways = [] } }: Pick<ReportData, 'result'>): Html {
  const found = wayTable(ways);
  return found
    ? html`<h2>Alone and jointly</h2>
        ${tablePart(found)}`
    : html``;
}

/** Of several runs those that compared ways. */
export const comparedWays = (runs: readonly RunSummary[]): NonNullable<RunComparison['ways']> =>
  runs.flatMap(({ ways = [] }, run) => {
    const found = wayTable(ways);
    return found ? [{ run, ...found }] : [];
  });

/** The same as part of a page of several runs. */
export const comparedWaysSection = ({ runs, ways = [] }: RunComparison): Html =>
  html`${ways.map(
    (one) =>
      html`<h2>Alone and jointly: ${runs[one.run]!.name}</h2>
        ${tablePart(one)}`,
  )}`;

import type { SearchPoint, SearchSummary } from '../../protocol/results/search.ts';
import { bytes, count, decibels, figure, plain, signed } from './format.ts';
import { html, type Html } from './html-text.ts';
import { scatterPicture, type ScatterPoint } from './scatter.ts';
import { table } from './table.ts';

/** What a search found: the front as picture and table, and the width of each layer. */
export function searchSection(search: SearchSummary): Html {
  const { budget, found, notes, samples, method } = search;
  const cost = costText(search);
  return html`<h2>Mixed precision</h2>
    <p>
      By ${method}: at most ${cost(budget.limit)} of ${budgetTitle(budget.kind)}; every layer at 8 bits takes ${cost(budget.uniform8)}.
      Found ${cost(found.cost)}, ${plain(found.percent)} % of that. Chosen on ${samples} pictures.
    </p>
    ${notes.map((note) => html`<p class="note met">${note}</p>`)} ${front(search, cost)} ${points(search, cost)} ${widths(search)}`;
}

const budgetTitle = (kind: string): string => budgetTitles[kind] ?? kind;
const budgetTitles: Readonly<Record<string, string>> = {
  bytes: 'packed weights',
  'bit-operations': 'bit operations',
  latency: 'latency',
  drop: 'packed weights',
};

const costText = ({ budget: { kind, unit } }: SearchSummary): ((cost: number) => string) =>
  kind === 'bytes' || (kind === 'drop' && unit !== '%') || unit === 'B' || unit === 'bytes'
    ? bytes
    : kind === 'bit-operations'
      ? (cost) => `${count(cost)}${unit ? ` ${unit}` : ''}`.trim()
      : (cost) => `${plain(cost)} ${unit}`.trim();

/** Signal over noise of the outputs: 10 log10 of one over the figure. */
const quality = ({ measured, predicted }: SearchPoint): number => -10 * Math.log10(measured ?? predicted);

function front(search: SearchSummary, cost: (value: number) => string): Html {
  const drawn = (point: SearchPoint): boolean => point.cost > 0 && Number.isFinite(quality(point));
  const named = [search.found, ...search.compared].filter(drawn);
  if (named.length === 0) return html``;
  const line = search.front.filter(drawn).map((point) => ({ x: point.cost, y: -10 * Math.log10(point.predicted) }));
  const marks = named.map((point, i): ScatterPoint => {
    const how = point.measured === undefined ? 'expected' : 'measured';
    const title = `${point.name}: ${cost(point.cost)}, ${decibels(quality(point))} dB ${how}`;
    return { name: point.name, title, x: point.cost, y: quality(point), mark: i === 0 && point === search.found ? 'strong' : 'soft' };
  });
  return html`<p class="soft">
      Signal over noise of the model's outputs against ${budgetTitle(search.budget.kind)}: up is better, left is less. The dashed line is
      the front as the sum of what single layers cost has it; the points are whole models.
    </p>
    ${scatterPicture({
      label: `Signal over noise of the outputs against ${budgetTitle(search.budget.kind)}; the same figures are in the table below`,
      points: marks,
      front: line,
      xText: cost,
      yText: (value) => `${decibels(value)} dB`,
    })}`;
}

function points({ found, compared, unit }: SearchSummary, cost: (value: number) => string): Html {
  const dB = (noise: number | undefined): string => (noise === undefined ? '' : `${decibels(-10 * Math.log10(noise))} dB`);
  return table(
    'Widths that were found and compared',
    [found, ...compared],
    [
      { title: 'Widths', cell: ({ name }) => name },
      { title: 'Cost', number: true, cell: (point) => cost(point.cost) },
      { title: 'Of all at 8 bits', number: true, cell: ({ percent }) => `${plain(percent)} %` },
      { title: 'Weights, packed', number: true, cell: (point) => bytes(point.bytes) },
      { title: 'Expected', number: true, cell: ({ predicted }) => dB(predicted) },
      { title: 'Measured', number: true, cell: ({ measured }) => dB(measured) },
      { title: 'Metric', number: true, cell: ({ value }) => (value === undefined ? '' : `${figure(value, unit)} ${unit}`.trim()) },
      { title: 'Loss', number: true, cell: ({ loss }) => (loss === undefined ? '' : signed(loss, unit)) },
    ],
    (point) => (point === found ? 'kept' : ''),
  );
}

function widths({ layers }: SearchSummary): Html {
  const tried = [...new Set(layers.flatMap(({ errors }) => Object.keys(errors)))].sort(
    (a, b) => Number(a) - Number(b) || a.localeCompare(b),
  );
  return html`<details>
    <summary>Widths by layer (${layers.length})</summary>
    ${table('Widths by layer', layers, [
      {
        title: 'Layer',
        kind: 'name',
        cell: ({ name, op }) =>
          html`${name}
            <div class="soft small">${op}</div>`,
      },
      { title: 'Parameters', number: true, cell: ({ parameters }) => count(parameters) },
      { title: 'MACs', number: true, cell: ({ macs }) => count(macs) },
      { title: 'Weights', number: true, cell: ({ weights, fixed }) => `${weights}${fixed ? ' (fixed)' : ''}` },
      ...tried.map((width) => ({
        title: width === 'float' ? 'Float alone' : `${width} bits alone`,
        number: true,
        cell: ({ errors }: SearchSummary['layers'][number]): string => {
          const error = errors[width];
          return error === undefined ? '' : error === 0 ? 'no error' : `${decibels(-10 * Math.log10(error))} dB`;
        },
      })),
    ])}
  </details>`;
}

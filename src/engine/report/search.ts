import type { SearchPoint, SearchSummary } from '../../protocol/results/search.ts';
import { bytes, count, decibels, figure, plain, signed } from './format.ts';
import { html, type Html } from './html-text.ts';
import { scatterPicture } from './scatter.ts';
import { budgetTitle, costText, wholePicture } from './search-pictures.ts';
import { portionText, sharedModels } from './shared-models.ts';
import { table } from './table.ts';

/** What a search found: the front as picture and table, and the width of each layer. */
export function searchSection(search: SearchSummary): Html {
  const { budget, found, notes, samples, method } = search;
  const cost = costText(search);
  return html`<h2>${titleOf(search)}</h2>
    <p>
      By ${search.models ? 'widths and channels' : method}: at most
      ${budget.kind === 'drop' ? `${plain(budget.limit)} ${budget.unit} of loss` : `${cost(budget.limit)} of ${budgetTitle(budget.kind)}`};
      every layer at 8 bits takes ${cost(budget.uniform8)}. Found ${cost(found.cost)}, ${plain(found.percent)} % of that. Chosen on
      ${samples} pictures.
    </p>
    ${notes.map((note) => html`<p class="note met">${note}</p>`)} ${front(search)} ${points(search, cost)} ${sharedModels(search)}
    ${widths(search)}`;
}

const titleOf = ({ models }: SearchSummary): string =>
  models ? (models.length > 1 ? 'One budget over all models' : 'Widths and channels') : 'Mixed precision';

function front(search: SearchSummary): Html {
  const picture = wholePicture(search);
  if (!picture) return html``;
  return html`<p class="soft">
      ${picture.title}: up is better, left is less. The dashed line is the front as the sum of what
      ${search.models ? 'single models and layers cost' : 'single layers cost'} has it; the points are
      ${search.models ? 'wholes that were made and measured' : 'whole models'}.
    </p>
    ${scatterPicture(picture)}`;
}

function points({ found, compared, unit, models = [] }: SearchSummary, cost: (value: number) => string): Html {
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
      ...models.map(({ model }, at) => ({
        title: model,
        cell: (point: SearchPoint): string => (point.models?.[at] ? portionText(point.models[at]) : ''),
      })),
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

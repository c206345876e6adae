import type { ModelCurvePoint, ModelShare, SearchPoint, SearchSummary } from '../../protocol/results/search.ts';
import { decibels, figure, plain, signed } from './format.ts';
import { html, type Html } from './html-text.ts';
import { scatterPicture } from './scatter.ts';
import { costText, curveName, modelPictures } from './search-pictures.ts';
import { table } from './table.ts';

/** What each model of a chain got of a budget, what it would have got alone, and what was measured of it. */
export function sharedModels(search: SearchSummary): Html {
  const { models = [], channels = [], found, compared } = search;
  if (models.length === 0) return html``;
  const alone = compared.find(({ name }) => name === 'each alone');
  const pictures = modelPictures(search);
  return html`<h3>What each model got</h3>
    ${portions(search, [found, ...(alone ? [alone] : [])])}
    ${
      pictures.length
        ? html`<p class="soft">
            For each model: signal over noise of the whole's answer when this model alone is changed, against what it takes. The dashed line
            is the best that can be had; <q>alone</q> is what the model gets when each has the same per cent of the budget; the others were
            measured.
          </p>`
        : ''
    }
    ${pictures.map(
      (picture) =>
        html`<h4>${picture.title}</h4>
          ${scatterPicture(picture)}`,
    )}
    <details>
      <summary>Measured of single models</summary>
      ${models.map(({ model, curve }) => (curve.length ? curveTable(search, model, curve) : ''))}
    </details>
    ${
      channels.length
        ? html`<details>
            <summary>Channels that are left (${channels.length} layers)</summary>
            ${table('Channels that are left', channels, [
              { title: 'Layer', kind: 'name', cell: ({ name }) => name },
              { title: 'Before', number: true, cell: ({ before }) => before },
              { title: 'After', number: true, cell: ({ after }) => after },
            ])}
          </details>`
        : ''
    }`;
}

/** "25 % of channels gone, 4.3 bits" */
export const portionText = ({ removed, bits }: ModelShare): string =>
  [...(removed > 0 ? [`${plain(100 * removed)} % of channels gone`] : []), `${plain(bits)} bits`].join(', ');

function portions(search: SearchSummary, points: readonly SearchPoint[]): Html {
  const cost = costText(search);
  const rows = points.flatMap(({ name, models = [] }) => models.map((share) => ({ name, share })));
  return table(
    'What each model got',
    rows,
    [
      { title: 'Model', kind: 'name', cell: ({ share }) => share.model },
      { title: 'Shared out', cell: ({ name }) => name },
      { title: 'Takes', number: true, cell: ({ share }) => cost(share.cost) },
      { title: 'Of its own at 8 bits', number: true, cell: ({ share }) => `${plain(share.percent)} %` },
      { title: 'Channels gone', number: true, cell: ({ share }) => `${plain(100 * share.removed)} %` },
      { title: 'Bits, mean', number: true, cell: ({ share }) => plain(share.bits) },
      { title: 'Adds to the answer', number: true, cell: ({ share }) => noiseText(share.predicted) },
    ],
    ({ name }) => (name === search.found.name ? 'kept' : ''),
  );
}

function curveTable(search: SearchSummary, model: string, curve: readonly ModelCurvePoint[]): Html {
  const cost = costText(search);
  const scored = curve.some(({ value }) => value !== undefined);
  return table(`Measured of ${model} alone`, curve, [
    { title: model, kind: 'name', cell: curveName },
    { title: 'Takes', number: true, cell: (point) => cost(point.cost) },
    { title: 'Signal over noise', number: true, cell: ({ measured }) => noiseText(measured) },
    ...(scored
      ? [
          {
            title: 'Metric',
            number: true,
            cell: ({ value }: ModelCurvePoint): string =>
              value === undefined ? '' : `${figure(value, search.unit)} ${search.unit}`.trim(),
          },
          {
            title: 'Loss',
            number: true,
            cell: ({ loss }: ModelCurvePoint): string => (loss === undefined ? '' : signed(loss, search.unit)),
          },
        ]
      : []),
  ]);
}

const noiseText = (noise: number): string => (noise === 0 ? 'nothing' : `${decibels(-10 * Math.log10(noise))} dB`);

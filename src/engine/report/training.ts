import type { CurveBand, CurveLayout } from '../../protocol/curve-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { layoutCurve } from './curve-layout.ts';
import { curveRows } from './curve-rows.ts';
import { metricTitle, plain, rateText, scoreText } from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

const pictureWidth = 1120;

/** How each training went: the learning curve, and the same as a table. */
export function trainingSection({ trainings = [] }: ReportData): Html {
  return html`${trainings.filter(({ points, validation }) => points.length > 0 || validation).map(oneTraining)}`;
}

function oneTraining(curve: TrainingCurve): Html {
  const { step, validation, stopped } = curve;
  return html`<h2>Training: ${step}</h2>
    <p class="soft">${summary(curve)}</p>
    ${stopped === undefined ? '' : html`<p class="note">${stopped}</p>`}
    ${picture(layoutCurve(curve, pictureWidth), `Learning curve of ${step}; the table has the same figures`)}
    <details>
      <summary>Figures by epoch</summary>
      ${table(
        `Figures by epoch of ${step}`,
        curveRows(curve),
        [
          { title: 'Epoch', number: true, cell: ({ epoch }) => plain(epoch) },
          { title: 'Step', number: true, cell: ({ step: steps }) => steps },
          { title: 'Loss', number: true, cell: ({ loss }) => (loss === undefined ? '' : plain(loss)) },
          { title: 'Learning rate', number: true, cell: ({ rate }) => (rate === undefined ? '' : rateText(rate)) },
          ...(validation
            ? [
                {
                  title: `${metricTitle(validation.metric)} on validation pictures`,
                  number: true,
                  cell: ({ score, best }: { score?: number; best: boolean }) =>
                    score === undefined ? '' : `${scoreText(score, validation.unit)}${best ? ' (best)' : ''}`,
                },
              ]
            : []),
        ],
        ({ best }) => (best ? 'kept' : ''),
      )}
    </details>`;
}

/** "10 epochs of 40 steps each. Kept: the weights of epoch 7, 91.3 % on validation pictures, 10.2 % before the first step." */
function summary({ epochs, steps, points, validation }: TrainingCurve): string {
  const last = points.at(-1);
  const done = last && last.step < steps ? `${plain(last.epoch)} of ${epochs}` : String(epochs);
  const ran = `${done} epoch${epochs === 1 ? '' : 's'}, ${last?.step ?? 0} steps.`;
  const best = validation?.scores.findLast((score) => score.best);
  const before = validation?.scores[0];
  if (!validation || !best || !before) return ran;
  const text = ({ value }: { value: number }): string => scoreText(value, validation.unit);
  if (best.step === 0) return `${ran} No epoch was better than the weights before the first step (${text(before)} on validation pictures).`;
  return `${ran} Kept: the weights of epoch ${plain(best.epoch)}, ${text(best)} on validation pictures; before the first step ${text(before)}.`;
}

type Corners = CurveBand['line'];
const corners = (line: Corners): string => line.map(([x, y]) => `${x},${y}`).join(' ');

function picture({ width, height, left, right, bands, xTicks, best }: CurveLayout, label: string): Html {
  const [top, bottom] = [bands[0]!.top, bands.at(-1)!.bottom];
  return html`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${label}">
    ${bands.map((band) => drawn(band, left, right))}
    ${xTicks.map(
      ({ at, text, below }) =>
        html`<line class="axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}" /><text
            x="${at}"
            y="${bottom + 17}"
            text-anchor="middle"
            >${text}</text
          ><text x="${at}" y="${bottom + 31}" text-anchor="middle">${below}</text>`,
    )}
    <text x="${left - 8}" y="${bottom + 17}" text-anchor="end">epoch</text>
    <text x="${left - 8}" y="${bottom + 31}" text-anchor="end">step</text>
    ${
      best
        ? html`<line class="best" x1="${best.x}" x2="${best.x}" y1="${top - 6}" y2="${bottom}" /><text
              class="best-text"
              x="${best.label.x}"
              y="${top - 9}"
              text-anchor="${best.label.anchor}"
              >${best.label.text}</text
            >`
        : ''
    }
  </svg>`;
}

const drawn = ({ what, title, top, bottom, ticks, line, measured, best }: CurveBand, left: number, right: number): Html =>
  html`<text class="band" x="${left}" y="${top - 9}">${title}</text>${ticks.map(
      ({ at, text }) =>
        html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}" /><text x="${left - 8}" y="${at + 4}" text-anchor="end"
            >${text}</text
          >`,
    )}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />${
      measured ? html`<polyline class="curve ${what} measured" points="${corners(measured)}" />` : ''
    }<polyline class="curve ${what}" points="${corners(line)}" />${
      what === 'validation'
        ? line.map(([x, y], i) =>
            i === best
              ? html`<path class="mark kept" d="M${x} ${y - 7}l6 7l-6 7l-6 -7z" />`
              : line.length > 100
                ? ''
                : html`<circle class="mark" cx="${x}" cy="${y}" r="3.5" />`,
          )
        : ''
    }`;

import type { Measurement } from '../../protocol/results/common.ts';
import type { ModelSummary, RunDocument } from '../../protocol/results/run.ts';
import {
  boxesText,
  bytes,
  count,
  figure,
  gateBoxesText,
  interval,
  metricTitle,
  plain,
  seconds,
  signed,
  splitTexts,
  threeDigits,
} from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

export const inputModel = ({ models }: RunDocument): ModelSummary | undefined => models.find(({ role }) => role === 'input');
export const outputModel = ({ models }: RunDocument): ModelSummary | undefined =>
  models.findLast(({ role }) => role === 'output') ?? inputModel({ models } as RunDocument);

const tile = (title: string, before: string | undefined, after: string, below: Html | string = ''): Html =>
  html`<dl class="tile">
    <dt>${title}</dt>
    <dd>
      ${before === undefined || before === after ? '' : html`<span class="then">${before} →</span> `}${after}
      <div class="small">${below}</div>
    </dd>
  </dl>`;

/** The figures that decide, before and after. */
export function tiles({ result }: ReportData): Html {
  const [before, after] = [inputModel(result), outputModel(result)];
  if (!before || !after) return html``;
  const ratio = threeDigits(before.bytes / after.bytes);
  return html`<div class="tiles">
    ${result.metrics ? metricTile(result.metrics.before, result.metrics.after) : ''}
    ${tile('File size', bytes(before.bytes), bytes(after.bytes), before === after ? '' : `${ratio} times smaller`)}
    ${tile('Packed size', bytes(before.packedBytes), bytes(after.packedBytes), 'each weight in the bits it uses')}${codedTile(before, after)}
    ${tile('Weights', bits(before.weightBits), bits(after.weightBits), html`${count(after.parameters)} parameters${(after.sparsity ?? 0) >= 0.01 ? `, ${(100 * (after.sparsity ?? 0)).toFixed(0)} % zero` : ''}`)}
    ${after.macs === null ? '' : tile('Multiply-adds', before.macs === null ? undefined : count(before.macs), count(after.macs), 'per picture')}
  </div>`;
}

/** What zeros and shared weights are worth: nothing in the file itself. */
const codedTile = ({ coded: was }: ModelSummary, { coded }: ModelSummary): Html | string =>
  coded
    ? tile(
        'Zipped size',
        was && bytes(was.zippedBytes),
        bytes(coded.zippedBytes),
        `${bytes(coded.entropyBytes)} by the entropy of its weights${coded.codebookBytes ? `, ${bytes(coded.codebookBytes)} of them codebooks` : ''}`,
      )
    : '';

const bits = (value: number | null): string => (value === null ? 'none' : `${plain(value)} bit`);

function metricTile(before: Measurement, after: Measurement): Html {
  const { unit } = after;
  const below = html`${signed(after.value - before.value, unit)} ${unit === '%' ? 'points' : unit}; ${after.samples} samples, 95 % between
  ${interval(after)}${boxLine(before, after)}${splitTexts(after).map((text) => html`<br />${text}`)}`;
  return tile(metricTitle(after.metric), figure(before.value, unit), `${figure(after.value, unit)} ${unit}`, below);
}

/** Boxes found, in a line of their own. */
const boxLine = ({ boxes: was }: Measurement, { boxes }: Measurement): Html | string =>
  boxes ? html`<br />${was ? `${boxesText(was)} → ` : ''}${boxesText(boxes)}` : '';

/** What the reader must not miss: a missed limit, a figure that the machine changes, warnings. */
export function notes({ result }: ReportData): Html {
  const { gate, metrics, warnings, next } = result;
  const unit = metrics?.after.unit ?? '';
  const differs = metrics?.after.asWritten && figure(metrics.after.asWritten.value, unit) !== figure(metrics.after.value, unit);
  const written = differs ? metrics.after.asWritten : undefined;
  return html`${gate ? html`<p class="note ${gate.met ? 'met' : ''}">${gate.met ? 'The limit is met' : 'The limit is missed'}: a loss of ${figure(gate.measured, unit)} ${unit} where ${figure(gate.drop, unit)} ${unit} are allowed${gateBoxesText(gate)}.${next ? ` What to try: ${next.text}.` : ''}</p>` : ''}
  ${written && metrics ? html`<p class="note">As written, with the runtime's fusions off, the model reaches ${figure(written.value, unit)} ${unit}; fused on this machine ${figure(metrics.after.value, unit)} ${unit}.</p>` : ''}
  ${metrics?.after.simulated === undefined ? '' : html`<p class="note met">Measured in the arithmetic of ${metrics.after.simulated}, simulated on this machine.</p>`}
  ${warnings.map((warning) => html`<p class="note">${warning}</p>`)}`;
}

export function stepSection({ result }: ReportData): Html {
  if (result.steps.length === 0) return html``;
  return html`<h2>What was done</h2>
    <ol>
      ${result.steps.map(
        ({ step, on, seconds: time, notes: said }) =>
          html`<li>
            <b>${step}</b>${on ? ` on ${on}` : ''} <span class="soft">${seconds(time)}</span>${
              said?.length
                ? html`<ul>
                    ${said.map((note) => html`<li>${note}</li>`)}
                  </ul>`
                : ''
            }
          </li>`,
      )}
    </ol>`;
}

const inputText = (value: unknown): string => {
  if (typeof value === 'number') return plain(value);
  if (Array.isArray(value)) return value.map(inputText).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, one]) => `${key} ${inputText(one)}`)
      .join(', ');
  return String(value);
};

export function dataSection({ data, input }: ReportData): Html {
  if (data.length === 0 && !input) return html``;
  return html`<h2>With which pictures</h2>
    ${
      data.length
        ? table('Pictures', data, [
            { title: 'For', cell: ({ use }) => use },
            { title: 'From', kind: 'name', cell: ({ path }) => path },
            { title: 'Pictures', number: true, cell: ({ samples }) => samples },
            { title: 'Labels', cell: ({ labels }) => labels ?? 'none' },
          ])
        : ''
    }
    ${
      input
        ? html`<p class="soft">How a picture becomes the model's input:</p>
            <dl class="facts">
              ${Object.entries(input).map(
                ([key, value]) =>
                  html`<dt>${key}</dt>
                    <dd>${inputText(value)}</dd>`,
              )}
            </dl>`
        : ''
    }`;
}

export function extraSection({ result }: ReportData): Html {
  const extra = result.metrics?.after.extra;
  const figures = Object.entries(extra ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  const classes = (extra?.['perClass'] ?? []) as readonly { class: string | number; value: number }[];
  if (figures.length === 0 && classes.length < 2) return html``;
  return html`<h2>More of the metric</h2>
    <dl class="facts">
      ${figures.map(
        ([key, value]) =>
          html`<dt>${key}</dt>
            <dd>${plain(value)}</dd>`,
      )}
    </dl>
    ${
      classes.length >= 2
        ? html`<details>
            <summary>By class (${classes.length})</summary>
            <table>
              <tbody>
                ${classes.map(
                  (one) =>
                    html`<tr>
                      <td>${one.class}</td>
                      <td class="number">${figure(one.value, '%')} %</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </details>`
        : ''
    }`;
}

import type { Shape } from '../../protocol/results.ts';
import { bar, errorBar, errorKey, errorStrip, histogramPicture } from './charts.ts';
import { count, decibels, plain } from './format.ts';
import { html, type Html } from './html-text.ts';
import type { ReportData, ReportedLayer, ReportedRange } from './types.ts';

const shapeText = (shape: Shape | null | undefined): string => (shape ? shape.map((dim) => dim ?? '?').join('×') : '');

function weightText({ weights, notQuantized }: ReportedLayer): string {
  if (!weights) return notQuantized ? 'float' : '';
  const how = weights.granularity === 'channel' ? 'per channel' : 'per tensor';
  return `${weights.type === `int${weights.bits}` || weights.type === `uint${weights.bits}` ? weights.type : `${weights.bits} bits in ${weights.type}`}, ${how}`;
}

const weightError = ({ weights }: ReportedLayer): string => (typeof weights?.sqnr === 'number' ? `${decibels(weights.sqnr)} dB` : '');

const rangeText = (range: ReportedRange | null | undefined): string => (range ? `${plain(range.low)} to ${plain(range.high)}` : '');

/** The table of layers, and above it the error along the network. */
export function layerSection({ layers, comparedSamples }: ReportData): Html {
  if (layers.length === 0) return html``;
  const has = (test: (layer: ReportedLayer) => boolean): boolean => layers.some(test);
  const measured = has(({ error }) => error !== undefined);
  const histograms = has(({ histogram }) => histogram !== undefined);
  const quantized = has(({ weights, output }) => Boolean(weights ?? output));
  const mostMacs = Math.max(1, ...layers.map(({ macs }) => macs ?? 0));
  const row = (layer: ReportedLayer): Html =>
    html`<tr class="${layer.notQuantized ? 'float' : ''}">
      <td class="name">
        ${layer.name}
        <div class="soft small">${[layer.op, shapeText(layer.outputShape), layer.notQuantized].filter(Boolean).join(' · ')}</div>
      </td>
      <td class="number">${layer.parameters ? count(layer.parameters) : ''}</td>
      <td class="number">${layer.macs ? bar(count(layer.macs), layer.macs / mostMacs) : ''}</td>
      ${
        quantized
          ? html`<td class="range">
                ${weightText(layer)}
                <div class="soft small">${weightError(layer)}</div>
              </td>
              <td class="range">
                ${layer.output?.type}
                <div class="soft small">${rangeText(layer.output)}</div>
              </td>`
          : ''
      }
      ${
        measured
          ? html`<td class="number">${errorBar(layer.error)}</td>
              <td class="number">${layer.error ? layer.error.cosine.toFixed(5) : ''}</td>`
          : ''
      }
      ${histograms ? html`<td>${layer.histogram ? histogramPicture(layer.histogram) : ''}</td>` : ''}
    </tr>`;
  return html`<h2>Layers</h2>
    ${
      measured
        ? html`<p class="soft">
              How much of each layer's output is left against the first model, as signal over
              noise${comparedSamples ? ` on ${comparedSamples} pictures` : ''}. 6 dB are one bit.
            </p>
            ${errorStrip(layers)}${errorKey()}`
        : ''
    }
    ${histograms ? html`<p class="soft">Values of each output: grey line before, blue after, heights as square roots.</p>` : ''}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Layer</th>
            <th class="number">Parameters</th>
            <th class="number">MACs</th>
            ${
              quantized
                ? html`<th>Weights</th>
                    <th>Output range</th>`
                : ''
            }${
              measured
                ? html`<th class="number">Error (SQNR)</th>
                    <th class="number">Cosine</th>`
                : ''
            }${histograms ? html`<th>Values</th>` : ''}
          </tr>
        </thead>
        <tbody>
          ${layers.map(row)}
        </tbody>
      </table>
    </div>`;
}

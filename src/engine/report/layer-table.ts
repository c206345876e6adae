import type { Shape } from '../../protocol/results/common.ts';
import { bar, errorBar, errorKey, errorStrip, histogramPicture } from './charts.ts';
import { bytes, count, decibels, plain } from './format.ts';
import { html, type Html } from './html-text.ts';
import type { ReportData, ReportedLayer, ReportedRange } from './types.ts';

const shapeText = (shape: Shape | null | undefined): string => (shape ? shape.map((dim) => dim ?? '?').join('×') : '');

const granularities: Readonly<Record<string, string>> = { tensor: 'per tensor', channel: 'per channel', block: 'per block' };
const saturations: Readonly<Record<string, string>> = { scales: 'scales kept from saturating', uint8: 'uint8 against saturation' };

/** "int8, per channel", "4 bits in int8, per channel", "ternary in int8, per tensor". */
function weightText({ weights, notQuantized }: ReportedLayer): string {
  if (!weights) return notQuantized ? 'float' : '';
  const how = granularities[weights.granularity] ?? weights.granularity;
  return `${weights.format ? `${weights.format} in ${weights.type}` : integers(weights.type, weights.bits)}, ${how}`;
}

/** "uint8", or "4 bits in uint8" where only some of the integers are used. */
const integers = (type: string, bits: number | undefined): string =>
  bits === undefined || type.endsWith(`int${bits}`) ? type : `${bits} bits in ${type}`;

/** What is to be said of how a layer's weights were rounded. */
function weightNotes({ weights, loss }: ReportedLayer): string {
  if (!weights) return '';
  const { sqnr, saturation = '' } = weights;
  const gain = loss && loss.after > 0 && loss.before > loss.after ? 10 * Math.log10(loss.before / loss.after) : 0;
  return [
    typeof sqnr === 'number' ? `${decibels(sqnr)} dB` : '',
    gain > 0.05 ? `output ${decibels(gain)} dB better by rounding together` : '',
    saturations[saturation] ?? '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What the weights need if each has only its bits. */
const packed = ({ weights, parameters }: ReportedLayer): string =>
  weights && parameters ? bytes(Math.ceil((parameters * weights.bits) / 8)) : '';

const rangeText = (range: ReportedRange | null | undefined): string => (range ? `${plain(range.low)} to ${plain(range.high)}` : '');

/** What was seen, where the range leaves some of it out. */
function clippedText(range: ReportedRange | null | undefined): string {
  const seen = range?.observed;
  if (!range || !seen) return '';
  const step = Math.max(range.scale, 1e-12);
  const clipped = seen.low < range.low - step || seen.high > range.high + step;
  return clipped ? `seen ${plain(seen.low)} to ${plain(seen.high)}` : '';
}

/** What a layer's weights take where they are stored compressed. */
function codedCells({ coded }: ReportedLayer): Html {
  if (!coded)
    return html`<td></td>
      <td></td>
      <td></td>`;
  const { zeros, zippedBytes, entropyBytes, codebookBytes, bytes: dense, distinct } = coded;
  return html`<td class="number">${(100 * zeros).toFixed(1)} %</td>
    <td class="number">
      ${bytes(zippedBytes)}
      <div class="soft small">of ${bytes(dense)}</div>
    </td>
    <td class="number">
      ${bytes(entropyBytes)}
      <div class="soft small">${codebookBytes ? `${count(distinct)} values` : ''}</div>
    </td>`;
}

/** The table of layers, and above it the error along the network. */
export function layerSection({ layers, comparedSamples, estimators = [] }: ReportData): Html {
  if (layers.length === 0) return html``;
  const has = (test: (layer: ReportedLayer) => boolean): boolean => layers.some(test);
  const measured = has(({ error }) => error !== undefined);
  const histograms = has(({ histogram }) => histogram !== undefined);
  const quantized = has(({ weights, output }) => Boolean(weights ?? output));
  const isCoded = has(({ coded }) => coded !== undefined);
  const mostMacs = Math.max(1, ...layers.map(({ macs }) => macs ?? 0));
  const row = (layer: ReportedLayer): Html =>
    html`<tr class="${layer.notQuantized ? 'float' : ''}">
      <td class="name">
        ${layer.name}
        <div class="soft small">${[layer.op, shapeText(layer.outputShape), layer.notQuantized].filter(Boolean).join(' · ')}</div>
      </td>
      <td class="number">${layer.parameters ? count(layer.parameters) : ''}</td>
      <td class="number">${layer.macs ? bar(count(layer.macs), layer.macs / mostMacs) : ''}</td>
      ${isCoded ? codedCells(layer) : ''}
      ${
        quantized
          ? html`<td class="range">
                ${weightText(layer)}
                <div class="soft small notes">${weightNotes(layer)}</div>
              </td>
              <td class="number">${packed(layer)}</td>
              <td class="range">
                ${layer.output ? integers(layer.output.type, layer.output.bits) : ''}
                <div class="soft small">${rangeText(layer.output)}</div>
                <div class="soft small">${clippedText(layer.output)}</div>
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
    ${
      quantized
        ? html`<p class="soft">
            Weights: how they are stored, and their own signal over noise; packed is what they take with each in the bits it uses.
            ${estimators.length ? html`Ranges of activations by ${estimators.join(', ')}.` : ''}
          </p>`
        : ''
    }
    ${
      isCoded
        ? html`<p class="soft">
            Zipped: what deflate makes of a layer's weights. Entropy: the least that a coder reaches who does not look at neighbours, with
            its codebook.
          </p>`
        : ''
    }
    ${histograms ? html`<p class="soft">Values of each output: grey line before, blue after, heights as square roots.</p>` : ''}
    <div class="scroll" tabindex="0" role="group" aria-label="Layers">
      <table>
        <thead>
          <tr>
            <th>Layer</th>
            <th class="number">Parameters</th>
            <th class="number">MACs</th>
            ${
              isCoded
                ? html`<th class="number">Zeros</th>
                    <th class="number">Zipped</th>
                    <th class="number">Entropy</th>`
                : ''
            }${
              quantized
                ? html`<th>Weights</th>
                    <th class="number">Packed</th>
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

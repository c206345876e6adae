import type { Figure } from '../../protocol/results/common.ts';
import { decibels } from './format.ts';
import { html, type Html } from './html-text.ts';
import type { LayerHistogram, ReportedLayer } from './types.ts';

export type Level = 'bad' | 'poor' | 'fair' | 'good';

/** Signal over noise of a layer's output: below 10 dB it is broken, above 40 hardly anything is lost. */
export const levels: readonly { readonly level: Level; readonly from: number; readonly text: string }[] = [
  { level: 'bad', from: -Infinity, text: 'below 10 dB' },
  { level: 'poor', from: 10, text: '10 to 20 dB' },
  { level: 'fair', from: 20, text: '20 to 30 dB' },
  { level: 'good', from: 30, text: 'above 30 dB' },
];

export const levelOf = (sqnr: Figure): Level => levels.findLast(({ from }) => sqnr >= from)?.level ?? 'bad';

/** Bars end here: what is above is drawn as high. */
const mostDecibels = 60;
const share = (sqnr: Figure, most: number): number => Math.min(1, Math.max(0.02, sqnr / most));

/** A figure with a bar; `part` from 0 to 1. */
export const bar = (text: string, part: number, level?: Level): Html =>
  html`<div class="bar ${level}">
    <div class="track"><span class="${level ? 'level' : ''}" style="width:${(part * 100).toFixed(1)}%"></span></div>
    <span>${text}</span>
  </div>`;

export function errorBar(error: ReportedLayer['error']): Html | string {
  if (!error) return '';
  if (error.sqnrDb === null) return 'equal';
  return bar(`${decibels(error.sqnrDb)} dB`, share(error.sqnrDb, mostDecibels), levelOf(error.sqnrDb));
}

/** Signal over noise along the depth of the network, one bar a layer: the eye finds the break at once. */
export function errorStrip(layers: readonly ReportedLayer[]): Html {
  const measured = layers.filter(({ error }) => error !== undefined);
  const [width, height] = [1120, 130];
  const highest = Math.max(40, ...measured.map(({ error }) => error?.sqnrDb ?? 0));
  const most = Math.min(mostDecibels, Math.ceil(highest / 10) * 10);
  const step = width / Math.max(1, measured.length);
  const gap = step > 4 ? 1.5 : 0;
  const bars = measured.map(({ name, op, error }, i) => {
    const { sqnrDb } = error!;
    const tall = sqnrDb === null ? height : share(sqnrDb, most) * height;
    const text = sqnrDb === null ? 'equal' : `${decibels(sqnrDb)} dB`;
    const place = html`x="${(40 + i * step).toFixed(2)}" y="${(height - tall + 6).toFixed(1)}"
    width="${Math.max(0.5, step - gap).toFixed(2)}" height="${tall.toFixed(1)}"`;
    return html`<g class="${sqnrDb === null ? 'good' : levelOf(sqnrDb)}"
      ><rect class="level" ${place}><title>${name} (${op}): ${text}</title></rect></g
    >`;
  });
  const lines = [10, 20, 30, 40, 50]
    .filter((value) => value <= most)
    .map((value) => {
      const y = (height - (value / most) * height + 6).toFixed(1);
      return html`<line class="axis" opacity=".3" x1="40" x2="${width + 40}" y1="${y}" y2="${y}" /><text
          x="34"
          y="${Number(y) + 4}"
          text-anchor="end"
          >${value}</text
        >`;
    });
  return html`<svg
    viewBox="0 0 ${width + 44} ${height + 26}"
    width="100%"
    role="img"
    aria-label="Signal over quantization noise of every layer, in dB"
  >
    ${lines}${bars}
    <text x="40" y="${height + 22}">first layer</text>
    <text x="${width + 40}" y="${height + 22}" text-anchor="end">last layer</text>
    <text x="34" y="${height + 8}" text-anchor="end">dB</text>
  </svg>`;
}

export const errorKey = (): Html =>
  html`<div class="key">${levels.map(({ level, text }) => html`<span class="${level}"><i></i>${text}</span>`)}</div>`;

/** Both models' values over the same axis: the first as a line, the second filled. Heights are square roots, so that tails are seen. */
export function histogramPicture({ low, high, a, b }: LayerHistogram): Html {
  const [width, height] = [132, 34];
  const most = Math.sqrt(Math.max(1, ...a, ...b));
  const points = (counts: readonly number[]): string =>
    counts
      .flatMap((count, i) => {
        const y = (height - (Math.sqrt(count) / most) * (height - 2)).toFixed(1);
        return [`${((i * width) / counts.length).toFixed(1)},${y}`, `${(((i + 1) * width) / counts.length).toFixed(1)},${y}`];
      })
      .join(' ');
  const text = `values from ${low.toPrecision(3)} to ${high.toPrecision(3)}`;
  return html`<svg width="${width}" height="${height}" role="img" aria-label="${text}">
    <title>${text}</title>
    <polygon class="b-fill" points="0,${height} ${points(b)} ${width},${height}" />
    <polyline class="a-line" points="${points(a)}" />
  </svg>`;
}

import { html, type Html } from './html-text.ts';

export interface ScatterPoint {
  readonly name: string;
  /** What a pointer at rest reads. */
  readonly title: string;
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around `y`; those that are not finite are not drawn. */
  readonly interval?: readonly [number, number];
  /** `soft`: something to compare with. `strong`: what was chosen. */
  readonly mark?: 'soft' | 'strong';
}

export interface Scatter {
  /** Of the whole picture, for those who don't see it. */
  readonly label: string;
  /** At least one. */
  readonly points: readonly ScatterPoint[];
  /** Joined by a dashed line, by rising `x`. */
  readonly front: readonly { readonly x: number; readonly y: number }[];
  readonly xText: (x: number) => string;
  readonly yText: (y: number) => string;
}

const [width, height, left, bottom] = [1120, 340, 60, 40] as const;

/** Points with whiskers and names on axes that fit them; `x` is drawn by its logarithm. */
export function scatterPicture({ label, points, front, xText, yText }: Scatter): Html {
  const all = [...points, ...front];
  const ends = [...all.map(({ y }) => y), ...points.flatMap(({ interval = [] }) => interval.filter(Number.isFinite))];
  const [least, most] = [Math.min(...all.map(({ x }) => x)), Math.max(...all.map(({ x }) => x))];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const x = scale(Math.log10(least), Math.log10(most), left, width - 20);
  const y = scale(low, high, height - bottom, 14);
  const px = (value: number): number => x(Math.log10(value));
  const edges = least === most ? [least] : [least, most];
  return html`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${label}">
    <line class="axis" x1="${left}" x2="${width}" y1="${height - bottom + 8}" y2="${height - bottom + 8}" />
    ${(low === high ? [low] : [low, high]).map((value) => html`<text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${yText(value)}</text>`)}
    ${edges.map((value, i) => html`<text x="${px(value).toFixed(1)}" y="${height - 14}" text-anchor="${i === 0 ? 'start' : 'end'}">${xText(value)}</text>`)}
    <polyline class="front" points="${front.map((point) => `${px(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(' ')}" />
    ${points.map((point) => mark(point, px(point.x), y(point.y), y))}
  </svg>`;
}

function mark(point: ScatterPoint, px: number, py: number, y: (value: number) => number): Html {
  const [from, to] = (point.interval ?? []).map((end) => (Number.isFinite(end) ? y(end) : py));
  const [x, at] = [px.toFixed(1), py.toFixed(1)];
  return html`${from !== undefined && to !== undefined ? html`<line class="whisker" x1="${x}" x2="${x}" y1="${from.toFixed(1)}" y2="${to.toFixed(1)}" />` : ''}<circle
      class="point ${point.mark === 'soft' ? 'before' : ''}"
      cx="${x}"
      cy="${at}"
      r="${point.mark === 'strong' ? 7 : 5}"
      ><title>${point.title}</title></circle
    >${name(point.name, px, py - 7)}`;
}

/** Beside a point, on the side where there is room. */
const name = (text: string, x: number, y: number): Html =>
  x > width * 0.75 ? html`<text x="${x - 9}" y="${y}" text-anchor="end">${text}</text>` : html`<text x="${x + 9}" y="${y}">${text}</text>`;

function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

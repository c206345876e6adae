import type { ScatterLayout, ScatterMark } from '../../protocol/scatter.ts';
import { html, type Html } from './html-text.ts';
import { layoutScatter } from './scatter-layout.ts';

export interface ScatterPoint {
  readonly name: string;
  /** What a pointer at rest reads. */
  readonly title: string;
  /** Above 0. */
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

/** Points with whiskers and names on axes that fit them; `x` is drawn by its logarithm. */
export const scatterPicture = ({ label, points, front, xText, yText }: Scatter): Html =>
  scatterFrom(layoutScatter({ width: 1120, height: 340, points, front, xText, yText }), points, label);

/** The same once its places are known; `points` by the `index` of the marks. */
export function scatterFrom(
  { width, height, area, xTicks, yTicks, marks, front: corners }: ScatterLayout,
  points: readonly Pick<ScatterPoint, 'title' | 'mark'>[],
  label: string,
): Html {
  return html`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${label}">
    ${yTicks.map(
      ({ at, text }) =>
        html`<line class="grid" x1="${area.left}" x2="${area.right}" y1="${at}" y2="${at}" /><text
            x="${area.left - 8}"
            y="${at + 4}"
            text-anchor="end"
            >${text}</text
          >`,
    )}
    <line class="axis" x1="${area.left}" x2="${area.right}" y1="${area.bottom}" y2="${area.bottom}" />
    ${xTicks.map(
      ({ at, text }) =>
        html`<line class="axis" x1="${at}" x2="${at}" y1="${area.bottom}" y2="${area.bottom + 4}" /><text
            x="${at}"
            y="${area.bottom + 18}"
            text-anchor="middle"
            >${text}</text
          >`,
    )}
    <polyline class="front" points="${corners.map(([x, y]) => `${x},${y}`).join(' ')}" />
    ${marks.map((mark) => drawn(mark, points[mark.index]!))}
  </svg>`;
}

const drawn = ({ x, y, whisker, label }: ScatterMark, { mark, title }: Pick<ScatterPoint, 'title' | 'mark'>): Html =>
  html`${whisker ? html`<line class="whisker" x1="${x}" x2="${x}" y1="${whisker.from}" y2="${whisker.to}" />` : ''}<circle
      class="point ${mark === 'soft' ? 'before' : ''}"
      cx="${x}"
      cy="${y}"
      r="${mark === 'strong' ? 7 : 5}"
      ><title>${title}</title></circle
    >${label ? html`<text x="${label.x}" y="${label.y}" text-anchor="${label.anchor}">${label.text}</text>` : ''}`;

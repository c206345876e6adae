import type { Arranged, Emphasis, Looks } from './picture.ts';
import type { Measure } from './text.ts';
import type { Theme } from './theme.ts';

/** From these zooms on: titles of boxes; everything. Below the first boxes are blocks of colour. */
export const detailZoom = { titles: 0.34, all: 0.58 };
/** What steps back. */
export const faint = 0.22;
/** What two models have in common. */
export const unchanged = 0.72;

export interface Painting {
  arranged: Arranged;
  looks: Looks;
  theme: Theme;
  emphasis: Emphasis;
  measure: Measure;
}

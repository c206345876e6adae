import type { OverlayView } from '../../src/protocol/view.ts';
import { withScale, type ScaleKind } from './scale.ts';

export { figureText, valueText } from './figure.ts';
export { legend } from './legend.ts';
export { levelOf, levels } from './scale.ts';

/** An overlay with its values by layer, for quick look-up. */
export interface ShownOverlay {
  readonly view: OverlayView;
  /** Chosen in place of the overlay's own. */
  readonly scale: ScaleKind;
  readonly values: ReadonlyMap<number, number | null>;
  /** Indices of measured layers, worst first; ties in the model's order. */
  readonly ranking: readonly number[];
  /** Sentences for single layers. */
  readonly notes: ReadonlyMap<number, string>;
}

/** Ready to be shown; `scale` puts its figures on another one. */
export function shownOverlay(overlay: OverlayView, scale: ScaleKind = 'own'): ShownOverlay {
  const view = withScale(overlay, scale);
  const sign = view.better === 'high' ? 1 : -1;
  // Without error at all: better than any figure.
  const goodness = (value: number | null): number => (value === null ? Infinity : sign * value);
  const ranking = [...view.values].sort((a, b) => order(goodness(a[1]), goodness(b[1])) || a[0] - b[0]).map(([index]) => index);
  return { view, scale, values: new Map(view.values), ranking, notes: new Map(view.notes) };
}

/** Infinities subtract to NaN: equal ones compare as equal, what is no number comes first. */
const order = (a: number, b: number): number =>
  Object.is(a, b) || a === b ? 0 : Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a < b ? -1 : 1;

/** The next layer in the ranking after the selected one; from the worst where none of it is selected. `step`: 1 or -1. */
export function nextWorst({ ranking }: ShownOverlay, selected: number, step: number): number | undefined {
  const at = ranking.indexOf(selected);
  if (at < 0) return step > 0 ? ranking[0] : ranking.at(-1);
  return ranking[Math.min(ranking.length - 1, Math.max(0, at + step))];
}

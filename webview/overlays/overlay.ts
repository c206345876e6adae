import type { OverlayView } from '../../src/protocol/view.ts';
import { levelOf, withScale, type ScaleKind } from './scale.ts';

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
  /** So many of the first have the colour of the worst. */
  readonly bad: number;
  /** Sentences for single layers. */
  readonly notes: ReadonlyMap<number, string>;
}

/** Ready to be shown; `scale` puts its figures on another one. */
export function shownOverlay(overlay: OverlayView, scale: ScaleKind = 'own'): ShownOverlay {
  const view = withScale(overlay, scale);
  const sign = view.better === 'high' ? 1 : -1;
  // Without error at all is better than any figure, what is no number worse.
  const goodness = Float64Array.from(view.values, ([, value]) =>
    value === null ? Infinity : Number.isNaN(value) ? -Infinity : sign * value,
  );
  const places = Uint32Array.from(goodness, (_, place) => place).sort((a, b) => {
    const [first, second] = [goodness[a]!, goodness[b]!];
    return first < second ? -1 : first > second ? 1 : view.values[a]![0] - view.values[b]![0];
  });
  const [worst] = places;
  const level = worst === undefined ? NaN : levelOf(view, view.values[worst]![1]);
  const better = places.findIndex((place) => levelOf(view, view.values[place]![1]) !== level);
  return {
    view,
    scale,
    values: new Map(view.values),
    ranking: Array.from(places, (place) => view.values[place]![0]),
    bad: better < 0 ? places.length : better,
    notes: new Map(view.notes),
  };
}

/** The next layer in the ranking after the selected one; from the worst where none of it is selected. `step`: 1 or -1. */
export function nextWorst({ ranking }: ShownOverlay, selected: number, step: number): number | undefined {
  const at = ranking.indexOf(selected);
  if (at < 0) return step > 0 ? ranking[0] : ranking.at(-1);
  return ranking[Math.min(ranking.length - 1, Math.max(0, at + step))];
}

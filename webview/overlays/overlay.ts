import { shortNumber } from '../../src/protocol/format.ts';
import type { OverlayView } from '../../src/protocol/view.ts';

/** Steps of colour, 0 the worst; `media/webview.css` has a colour for each. */
export const levels = 5;

/** An overlay with its values by layer, for quick look-up. */
export interface ShownOverlay {
  readonly view: OverlayView;
  readonly values: ReadonlyMap<number, number | null>;
  /** Indices of measured layers, worst first; ties in the model's order. */
  readonly ranking: readonly number[];
}

export function shownOverlay(view: OverlayView): ShownOverlay {
  const sign = view.better === 'high' ? 1 : -1;
  // Without error at all: better than any figure.
  const goodness = (value: number | null): number => (value === null ? Infinity : sign * value);
  const ranking = [...view.values].sort((a, b) => order(goodness(a[1]), goodness(b[1])) || a[0] - b[0]).map(([index]) => index);
  return { view, values: new Map(view.values), ranking };
}

/** Infinities subtract to NaN: equal ones compare as equal. */
const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** From 0 (worst) to 4: where the value lies between the overlay's borders. */
export function levelOf({ better, thresholds }: OverlayView, value: number | null): number {
  if (value === null) return levels - 1;
  const passed = thresholds.filter((border) => value >= border).length;
  return spread(better === 'high' ? passed : thresholds.length - passed, thresholds.length);
}

/** `thresholds + 1` steps over the colours there are. */
const spread = (step: number, steps: number): number => (steps === 0 ? levels - 1 : Math.round((step * (levels - 1)) / steps));

/** One entry for each step, worst first: "below 10", "10 to 20", "40 and above". */
export function legend({ better, thresholds, unit }: OverlayView): { level: number; text: string }[] {
  const entries = Array.from({ length: thresholds.length + 1 }, (_, step) => {
    const [low, high] = [thresholds[step - 1], thresholds[step]];
    const text =
      low === undefined ? `below ${figure(high)}` : high === undefined ? `${figure(low)} and above` : `${figure(low)} to ${figure(high)}`;
    const rank = better === 'high' ? step : thresholds.length - step;
    return { level: spread(rank, thresholds.length), text: thresholds.length === 0 ? unit : text };
  });
  return better === 'high' ? entries : entries.reverse();
}

const figure = (value: number | undefined): string => (value === undefined ? '' : shortNumber(value).replace('-', '−'));

/** "12.3 dB"; "no error" for a layer that answers the same. */
export function figureText(value: number | null, unit: string): string {
  if (value === null) return 'no error';
  const text = Number.isFinite(value) ? figure(value) : value > 0 ? '∞' : value < 0 ? '−∞' : 'not a number';
  return unit ? `${text} ${unit}` : text;
}

/** The next layer in the ranking after the selected one; from the worst where none of it is selected. `step`: 1 or -1. */
export function nextWorst({ ranking }: ShownOverlay, selected: number, step: number): number | undefined {
  const at = ranking.indexOf(selected);
  if (at < 0) return step > 0 ? ranking[0] : ranking.at(-1);
  return ranking[Math.min(ranking.length - 1, Math.max(0, at + step))];
}

import type { OverlayView } from '../../src/protocol/view.ts';
import { numberText } from './figure.ts';
import { levelOf, spread, stepOf, valueAt } from './scale.ts';

/** One step of an overlay with borders, or one of its classes. */
export interface LegendEntry {
  level: number;
  text: string;
}

/** One entry for each step, worst first: "below 10", "10 to 20", "40 and above"; or one for each class. Of a gradient its ticks. */
export function legend(view: OverlayView): LegendEntry[] {
  const { better, thresholds, unit, classes } = view;
  if (classes) return [...classes].sort((a, b) => a.level - b.level).map(({ label, level }) => ({ level, text: label }));
  if (view.gradient) return ticks(view).map(({ share, text }) => ({ level: share * 4, text }));
  const entries = Array.from({ length: thresholds.length + 1 }, (_, step) => {
    const [low, high] = [thresholds[step - 1], thresholds[step]].map((border) => border !== undefined && numberText(border, unit));
    const text = low === false ? `below ${high}` : high === false ? `${low} and above` : `${low} to ${high}`;
    const rank = better === 'high' ? step : thresholds.length - step;
    return { level: spread(rank, thresholds.length), text: thresholds.length === 0 ? unit : text };
  });
  return better === 'high' ? entries : entries.reverse();
}

/** Figures along a gradient's bar, `share` of the way from the worst to the best end. */
export function ticks({ gradient, unit }: OverlayView): { share: number; text: string }[] {
  if (!gradient) return [];
  const shares = gradient.worst === gradient.best ? [0.5] : [0, 0.25, 0.5, 0.75, 1];
  return shares.map((share) => ({ share, text: numberText(valueAt(gradient, share), unit) }));
}

/** One bar of the histogram over the legend: how many layers, and the colour of its place. */
export interface Bar {
  level: number;
  count: number;
}

/** Bars over a gradient. */
const bins = 24;

/** How many layers have which colour, worst first: a bar for each entry of the legend, or even bins over a gradient. */
export function histogram(view: OverlayView): Bar[] {
  const { gradient, classes, values } = view;
  const bars: Bar[] = gradient
    ? Array.from({ length: bins }, (_, bin) => ({ level: ((bin + 0.5) * 4) / bins, count: 0 }))
    : legend(view).map(({ level }) => ({ level, count: 0 }));
  const order = [...(classes ?? [])].sort((a, b) => a.level - b.level).map(({ value }) => value);
  for (const [, value] of values) {
    const at = gradient
      ? Math.min(bins - 1, Math.floor((levelOf(view, value) / 4) * bins))
      : classes
        ? order.indexOf(value ?? NaN)
        : stepOf(view, value);
    const bar = bars[at];
    if (bar) bar.count++;
  }
  return bars;
}

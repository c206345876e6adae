import type { OverlayView } from '../../src/protocol/view.ts';

/** Steps of colour, 0 the worst; `media/webview.css` has a colour for each. Fractions lie between them. */
export const levels = 5;
const top = levels - 1;

/** How figures become colours; `own` is how the overlay itself says. */
export const scaleKinds = ['own', 'steps', 'linear', 'log'] as const;
export type ScaleKind = (typeof scaleKinds)[number];

/** What can be chosen for an overlay. Words have no scale; a logarithm needs figures above zero. */
export function scalesOf(view: OverlayView): ScaleKind[] {
  if (view.classes) return ['own'];
  const figures = finite(view);
  if (new Set(figures).size < 2) return ['own'];
  return scaleKinds.filter((kind) => kind !== 'log' || figures.every((figure) => figure > 0));
}

/** The same figures on another scale, made from the figures themselves: five steps with equally many each, or a gradient from end to end. */
export function withScale(view: OverlayView, kind: ScaleKind): OverlayView {
  if (kind === 'own' || !scalesOf(view).includes(kind)) return view;
  const { gradient: _, ...rest } = view;
  const sorted = finite(view).sort((a, b) => a - b);
  if (kind === 'steps') return { ...rest, thresholds: quantiles(sorted) };
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const [worst, best] = view.better === 'high' ? [low, high] : [high, low];
  return { ...rest, thresholds: [], gradient: { worst, best, log: kind === 'log' } };
}

const finite = ({ values }: OverlayView): number[] =>
  values.flatMap(([, value]) => (value !== null && Number.isFinite(value) ? [value] : []));

/** Borders that part sorted figures into `levels` equal shares; fewer where many figures are the same. */
function quantiles(sorted: readonly number[]): number[] {
  const borders = Array.from({ length: top }, (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / levels)] ?? sorted.at(-1)!);
  return [...new Set(borders)].filter((border) => border > sorted[0]!);
}

/** From 0 (worst) to 4 (best), by the overlay's classes, gradient or borders; what has no error is the best. */
export function levelOf(view: OverlayView, value: number | null): number {
  if (value === null) return top;
  const { gradient, classes } = view;
  if (classes) return classes.find((entry) => entry.value === value)?.level ?? top / 2;
  return gradient ? top * shareOf(gradient, value) : spread(stepOf(view, value), view.thresholds.length);
}

/** Of an overlay with borders: how many of them, counted from the worst end, lie before the value. */
export function stepOf({ better, thresholds }: OverlayView, value: number | null): number {
  if (value === null) return thresholds.length;
  const passed = thresholds.filter((border) => value >= border).length;
  return better === 'high' ? passed : thresholds.length - passed;
}

/** Where between the worst (0) and the best (1) a value stands; what is no number is the worst. */
function shareOf({ worst, best, log }: NonNullable<OverlayView['gradient']>, value: number): number {
  const at = log ? Math.log : Number;
  const share = worst === best ? 0.5 : (at(value) - at(worst)) / (at(best) - at(worst));
  return Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
}

/** The value that stands at a share of the way from worst to best. */
export function valueAt({ worst, best, log }: NonNullable<OverlayView['gradient']>, share: number): number {
  return log ? Math.exp(Math.log(worst) + (Math.log(best) - Math.log(worst)) * share) : worst + (best - worst) * share;
}

/** `steps + 1` parts over the colours there are. */
export const spread = (step: number, steps: number): number => (steps === 0 ? top : Math.round((step * top) / steps));

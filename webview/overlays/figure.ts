import { bytes, count, shortNumber } from '../../src/protocol/format.ts';
import type { OverlayView } from '../../src/protocol/view.ts';

/** From here on plain numbers are written with k, M, G. */
const large = 10_000;

/** A figure with its unit: "12.3 dB", "1.2 M MACs", "38 kB", "8 bits"; "no error" for a layer that answers the same. */
export function figureText(value: number | null, unit: string): string {
  if (value === null) return 'no error';
  const text = numberText(value, unit);
  return unit && !sized.has(unit) ? `${text} ${unit}` : text;
}

/** The figure of an overlay in its words: that of its class where it has such. */
export const valueText = ({ classes, unit }: Pick<OverlayView, 'classes' | 'unit'>, value: number | null): string =>
  classes?.find((entry) => entry.value === value)?.label ?? figureText(value, unit);

/** Units that are part of the number's text. */
const sized = new Set(['B']);

/** Without its unit, but for sizes, where both are one word. */
export function numberText(value: number, unit: string): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'not a number';
  const magnitude = Math.abs(value);
  const text = unit === 'B' ? bytes(Math.round(magnitude)) : magnitude >= large ? count(magnitude) : shortNumber(magnitude);
  return value < 0 ? `−${text}` : text;
}

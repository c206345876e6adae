import { boxesText, visible } from '../../protocol/format.ts';
import type { Measurement } from '../../protocol/results/common.ts';
import type { Style } from './style.ts';

const placesOf = (unit: string): number => (unit === 'dB' ? 2 : 1);

/** With a real minus sign, which lines up with the plus; equal pictures have an infinite PSNR. */
const minus = (text: string): string => text.replace('-', '−').replace('Infinity', '∞');

/** "91.5" or "30.43": decibels with two places. */
export const plainFigure = (value: number, unit: string): string => minus(value.toFixed(placesOf(unit)));

/** "91.5 %", "30.43 dB". */
export const figure = (value: number, unit: string): string => `${plainFigure(value, unit)} ${unit}`;

/** "−0.2 points", "+0.13 dB", "±0.0 points": a difference of percentages is in points. */
export function difference(value: number, unit: string): string {
  const size = plainFigure(Math.abs(value), unit);
  const sign = Number(size) === 0 ? '±' : value < 0 ? '−' : '+';
  return `${sign}${size} ${unit === '%' ? 'points' : unit}`;
}

/** "95 % between 89.5 and 93.0" */
export const interval = ([low, high]: readonly [number, number], unit: string): string =>
  `95 % between ${plainFigure(low, unit)} and ${plainFigure(high, unit)}`;

/** Each split of the pictures by itself, a line each. */
export const splitFacts = ({ splits = [], unit }: Pick<Measurement, 'splits' | 'unit'>): [string, string][] =>
  splits.map(({ split, value, samples, boxes }) => [
    visible(split).slice(0, 40),
    `${figure(value, unit)}  (${samples} sample${samples === 1 ? '' : 's'}${boxes ? `, ${boxesText(boxes)}` : ''})`,
  ]);

/** What the file says where this CPU's kernels answer differently by more than is shown. */
export const writtenFacts = (
  { value, unit, asWritten }: Pick<Measurement, 'value' | 'unit' | 'asWritten'>,
  title: string,
  style: Style,
): [string, string][] =>
  asWritten && figure(asWritten.value, unit) !== figure(value, unit)
    ? [[title, style.warn(`${figure(asWritten.value, unit)} with the runtime's fusions off: this CPU's kernels answer differently`)]]
    : [];

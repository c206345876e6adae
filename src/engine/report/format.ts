import type { Figure, Measurement } from '../../protocol/results/common.ts';

/** "1.09 MB": powers of 1000, three digits. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = count < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${threeDigits(count / 1000 ** step)} ${units[step]}`;
}

/** "40.6 M": powers of 1000, three digits; nothing for null. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const units = ['', ' k', ' M', ' G', ' T'];
  const step = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${step === 0 ? value : threeDigits(value / 1000 ** step)}${units[step]}`;
}

export const threeDigits = (value: number): string =>
  value === 0 ? '0' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);

/** A small figure of any size: 0.00123, 4.56e-9. */
export const plain = (value: Figure): string => {
  if (!Number.isFinite(value)) return infinite(value);
  const size = Math.abs(value);
  return value === 0 ? '0' : size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
};

const infinite = (value: number): string => (Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞');

const places = (unit: string): number => (unit === 'dB' ? 2 : 1);

export const figure = (value: Figure, unit: string): string =>
  Number.isFinite(value) ? value.toFixed(places(unit)).replace('-', '−') : infinite(value);

/** Learning rates read better as 0.0005 than as 5.0e-4. */
export const rateText = (value: number): string => (value >= 1e-4 && value < 1e-3 ? String(Number(value.toPrecision(3))) : plain(value));

/** "91.3 %", "0.0312": of a training; without a unit in three digits. */
export const scoreText = (value: Figure, unit: string): string => (unit ? `${figure(value, unit)} ${unit}` : plain(value));

/** "−0.1": with its sign. */
export const signed = (value: Figure, unit: string): string => `${value > 0 ? '+' : ''}${figure(value, unit)}`;

/** "89.5 and 93.0". */
export const interval = ({ confidence, unit }: Measurement): string => `${figure(confidence[0], unit)} and ${figure(confidence[1], unit)}`;

/** "42 of 43 found, 3 false": of detections. */
export const boxesText = ({ found, total, false: wrong }: NonNullable<Measurement['boxes']>): string =>
  `${found} of ${total} found, ${wrong} false`;

type Limit = { readonly allowed: number; readonly measured: number };

/** "; 2 boxes lost, 1 allowed; 3 false, 3 allowed": what a gate says of boxes. */
export const gateBoxesText = ({ lostBoxes, falseBoxes }: { readonly lostBoxes?: Limit; readonly falseBoxes?: Limit }): string =>
  [
    lostBoxes ? `; ${lostBoxes.measured} boxes lost, ${lostBoxes.allowed} allowed` : '',
    falseBoxes ? `; ${falseBoxes.measured} false, ${falseBoxes.allowed} allowed` : '',
  ].join('');

/** "test (5 pictures): 24 of 25 found, 1 false": each split by itself. */
export const splitTexts = ({ splits = [], unit }: Pick<Measurement, 'splits' | 'unit'>): string[] =>
  splits.map(
    ({ split, samples, value, boxes }) =>
      `${split} (${samples} ${samples === 1 ? 'picture' : 'pictures'}): ${figure(value, unit)} ${unit}${boxes ? `, ${boxesText(boxes)}` : ''}`,
  );

const titles: Readonly<Record<string, string>> = { top1: 'Top-1', ap50: 'AP50', psnr: 'PSNR', agreement: 'Agreement with the float model' };

export const metricTitle = (metric: string): string => titles[metric] ?? metric;

export const decibels = (value: Figure): string => (Number.isFinite(value) ? value.toFixed(1).replace('-', '−') : infinite(value));

/** "3 min 20 s", "1.2 s". */
export const seconds = (value: number): string =>
  value >= 60 ? `${Math.floor(value / 60)} min ${Math.round(value % 60)} s` : `${threeDigits(value)} s`;

export const fileName = (path: string): string => path.split(/[\\/]/).pop() ?? path;

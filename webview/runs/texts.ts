import { bytes, count, shortNumber } from '../../src/protocol/format.ts';
import type { RunMeasurement } from '../../src/protocol/runs.ts';
import type { ComparedRun, CostAxis } from '../../src/protocol/runs-comparison.ts';

/** "0.31 MB", "40.6 M", "3.1 ms", "4.02 mJ". */
export function costText({ kind }: Pick<CostAxis, 'kind'>, value: number): string {
  if (kind === 'bytes') return bytes(value);
  if (kind === 'count') return count(value);
  if (kind === 'milliseconds') return `${shortNumber(value)} ms`;
  return value < 0.1 ? `${shortNumber(value * 1000)} mJ` : `${shortNumber(value)} J`;
}

/** "91.3 %": a share without a unit has three places. */
export const figureText = (value: number, unit: string): string => `${number(value, unit)}${unit ? ` ${unit}` : ''}`;

function number(value: number, unit: string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞';
  return value.toFixed(unit === '' ? 3 : 1).replace('-', '−');
}

/** "89.4 to 92.9"; empty where there is no interval. */
export const intervalText = ({ confidence: [low, high], unit }: RunMeasurement): string =>
  Number.isFinite(low) && Number.isFinite(high) ? `${number(low, unit)} to ${number(high, unit)}` : '';

/** What the model lost, positive where it got worse; undefined where it can't be said. */
export function lossOf({ metrics }: Pick<ComparedRun, 'metrics'>): number | undefined {
  if (!metrics) return undefined;
  const { before, after } = metrics;
  const loss = after.better === 'high' ? before.value - after.value : after.value - before.value;
  return Number.isFinite(loss) ? loss : undefined;
}

export const lossText = (loss: number, unit: string): string => `${loss > 0 ? '+' : ''}${number(loss, unit)}`;

/** "2026-11-22 10:39" by this machine's clock; empty for what is no time. */
export function localTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

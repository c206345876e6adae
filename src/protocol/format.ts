/** Numbers for people, the same words in every host. */

const steps: [limit: number, unit: string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Three significant digits at most, no trailing zeros: 0.273, 40.6, 41, 1230. */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100 || value === 0) return String(Math.round(value));
  return String(Number(value.toPrecision(magnitude >= 10 ? 3 : magnitude >= 1 ? 3 : 2)));
}

/** 268 346 → "268 k", 40 551 000 → "40.6 M". */
export function count(value: number): string {
  // 999 600 would round to "1000 k": the step above is chosen from what is shown.
  const [limit, unit] = steps.find(([limit]) => value >= limit * 0.9995) ?? [1, ''];
  return unit === '' ? String(value) : `${shortNumber(value / limit)} ${unit}`;
}

/** Decimal units, as file managers and data sheets have them: 1 100 000 → "1.1 MB". */
export function bytes(value: number): string {
  const [limit, unit] = steps.find(([limit]) => value >= limit * 0.9995) ?? [1, ''];
  return `${shortNumber(value / limit)} ${unit}B`;
}

/** "1.1 MB → 0.31 MB": both in the unit of the larger, so that the eye can compare. */
export function bytesChange(before: number, after: number): string {
  const [limit, unit] = steps.find(([limit]) => Math.max(before, after) >= limit * 0.9995) ?? [1, ''];
  return [before, after].map((value) => `${shortNumber(value / limit)} ${unit}B`).join(' → ');
}

/** "198 → 140 kB", "5.1 → 3.55 M": as short as a change can be told; one figure where both look the same. */
export function shortChange(before: number, after: number, unit: string): string {
  const [limit, prefix] = steps.find(([limit]) => Math.max(before, after) >= limit * 0.9995) ?? [1, ''];
  const [from, to] = [before, after].map((value) => shortNumber(value / limit));
  return `${from === to ? to : `${from} → ${to}`}${prefix || unit ? ' ' : ''}${prefix}${unit}`;
}

/** [1, 3, 32, 32] → "1×3×32×32"; a free dimension by its name or "?"; [] → "scalar". */
export function shape(dims: readonly (number | string | null)[] | null): string {
  if (dims === null) return '?';
  return dims.length === 0 ? 'scalar' : dims.map((dim) => dim ?? '?').join('×');
}

/** "42 of 43 found, 3 false": of detections. */
export const boxesText = ({ found, total, false: wrong }: { found: number; total: number; false: number }): string =>
  `${found} of ${total} found, ${wrong} false`;

type Limit = { readonly allowed: number; readonly measured: number };

/** "; 2 boxes lost, 1 allowed; 3 false, 3 allowed": what a gate says of boxes, behind what it says of the metric. */
export const gateBoxesText = ({ lostBoxes, falseBoxes }: { readonly lostBoxes?: Limit; readonly falseBoxes?: Limit }): string =>
  [
    lostBoxes ? `; ${lostBoxes.measured} boxes lost, ${lostBoxes.allowed} allowed` : '',
    falseBoxes ? `; ${falseBoxes.measured} false, ${falseBoxes.allowed} allowed` : '',
  ].join('');

/** Text of a file as it is to be seen: control characters and those that turn the direction of writing as their codes, \\u202e. */
export const visible = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** "about 40 s", "about 3 min". Rounded so that it does not flicker. */
export function timeLeft(seconds: number): string {
  if (seconds < 1.5) return 'about a second';
  if (seconds < 20) return `about ${Math.round(seconds)} s`;
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${shortNumber(seconds / 3600)} h`;
}

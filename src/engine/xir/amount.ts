const steps: readonly (readonly [size: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** In three digits: 28885386 → "28.9 M". */
export function amount(value: number): string {
  // 999 600 would be "1000 k": the step above is chosen from what is shown.
  const [size, unit] = steps.find(([least]) => value >= least * 0.9995) ?? [1, ''];
  return unit ? `${Number((value / size).toPrecision(3))} ${unit}` : String(value);
}

/** "131 kB". */
export const bytesAmount = (value: number): string => `${amount(value)}${value >= 999.5 ? '' : ' '}B`;

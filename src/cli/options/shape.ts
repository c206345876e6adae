import { wrongCall } from '../failure.ts';

/** Reads `--shape input=1,3,320,320`, once for each input. */
export function bindShape(given: string, before: Record<string, number[]> = {}): Record<string, number[]> {
  const split = given.lastIndexOf('=');
  const sizes = given
    .slice(split + 1)
    .split(',')
    .map(Number);
  if (split < 1 || !sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw wrongCall('option-value', `--shape must be like input=1,3,320,320, not ${given}`);
  }
  return { ...before, [given.slice(0, split)]: sizes };
}

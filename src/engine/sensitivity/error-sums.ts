import type { Outputs } from '../evaluate/metric.ts';
import { numbersOf } from '../evaluate/outputs.ts';
import { isFloatType } from '../onnx/data-type.ts';

/** Of one output on one picture, over its elements. */
export type ErrorSums = readonly [signal: number, other: number, product: number, noise: number, count: number];

/** One entry for each output in floating point, in the order of the outputs. Equal infinities differ by nothing. */
export function errorSums(reference: Outputs, found: Outputs): ErrorSums[] {
  return Object.entries(reference).flatMap(([name, tensor]): ErrorSums[] => {
    const other = found[name];
    if (!other || !isFloatType(tensor.type)) return [];
    return [sumsOf(numbersOf(tensor), numbersOf(other))];
  });
}

function sumsOf(a: ArrayLike<number>, b: ArrayLike<number>): ErrorSums {
  let [signal, other, product, noise] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    const difference = x === y ? 0 : y - x;
    signal += x * x;
    other += y * y;
    product += x * y;
    noise += difference * difference;
  }
  return [signal, other, product, noise, a.length];
}

/** Adds the pictures up, output by output, in their order. */
export function totals(rows: readonly (readonly ErrorSums[])[]): [number, number, number, number, number][] {
  const all: [number, number, number, number, number][] = [];
  for (const row of rows) {
    row.forEach((sums, output) => {
      const total = (all[output] ??= [0, 0, 0, 0, 0]);
      sums.forEach((value, i) => (total[i]! += value));
    });
  }
  return all;
}

export const isEqual = (sums: readonly ErrorSums[]): boolean => sums.every(([, , , noise]) => noise === 0);

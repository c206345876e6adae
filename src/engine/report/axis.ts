/** Ends of an axis that differ by less, relative to their size, are one value as far as figures beside it can tell. */
const finest = 1e-9;
/** Below it powers of ten are no numbers of their own any more. */
const smallest = 1e-300;

/** Least and most with some room around; `least` is the span of equal values. */
export function widened(values: readonly number[], least: number): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(high >= low)) return [0, 1];
  const narrowest = Math.max(least, (Math.abs(low) + Math.abs(high)) * finest * 2);
  const room = Math.max((high - low) * 0.06, (narrowest - (high - low)) / 2, 0);
  return [low - room, high + room];
}

/** From values to pixels, to a tenth. */
export const scale =
  ([low, high]: readonly [number, number], from: number, to: number): ((value: number) => number) =>
  (value) =>
    Math.round((from + ((value - low) / (high - low || 1)) * (to - from)) * 10) / 10;

/** Round values between the ends: steps of 1, 2 or 5 times a power of ten, about `count` of them. None between ends that are one value. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high - low > Math.max(smallest, (Math.abs(low) + Math.abs(high)) * finest))) return [];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
  const found: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** 1, 2, 5 of each decade; round steps where the span is narrower than a decade; decades alone where there are many. */
export function logTicks(from: number, high: number): number[] {
  const low = Math.max(from, smallest);
  if (high / low < 8) return ticks(low, high, 5).filter((value) => value > 0);
  const decades = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) decades.push(10 ** power);
  const steps = decades.length > 5 ? [1] : [1, 2, 5];
  return decades
    .flatMap((decade) => steps.map((step) => Number((step * decade).toPrecision(12))))
    .filter((value) => value >= low && value <= high);
}

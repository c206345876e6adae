import type { Levels, Range } from './estimator.ts';

/** Codes `lowest` to `highest` stand for the real numbers code * step: zero is always one of them, as padding and ReLU need. */
export interface Grid {
  readonly step: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The grid an integer type gives a range (which always reaches zero). Undefined for a range that is nothing but zero. */
export function gridFor({ low, high }: Range, { levels, symmetric }: Levels): Grid | undefined {
  if (symmetric) {
    const highest = (levels - 1) >> 1;
    const step = Math.max(-low, high, 0) / highest;
    return step > 0 ? { step, lowest: -highest, highest } : undefined;
  }
  const step = (Math.max(high, 0) - Math.min(low, 0)) / (levels - 1);
  if (!(step > 0)) return undefined;
  const lowest = -Math.round(-Math.min(low, 0) / step) + 0;
  return { step, lowest, highest: lowest + levels - 1 };
}

/**
 * Looks for the range with the least cost inside the whole range: both ends shrunk together first, then each end alone while the
 * other stays, then once more in finer steps. Ends shrink by factors of 2^(1/8) down to 1/256. Of equal costs the widest range wins.
 */
export function searchRange(whole: Range, levels: Levels, cost: (grid: Grid) => number): Range {
  let best: Range = whole;
  let least = Infinity;
  const attempt = (range: Range): void => {
    const grid = gridFor(range, levels);
    const found = grid ? cost(grid) : Infinity;
    if (found < least) [best, least] = [range, found];
  };
  const { low, high } = whole;
  const oneSided = low >= 0 || high <= 0;
  for (const factor of coarse) attempt({ low: low * factor, high: high * factor });
  if (!oneSided && !levels.symmetric) {
    for (const factor of coarse) attempt({ low: best.low, high: high * factor });
    for (const factor of coarse) attempt({ low: low * factor, high: best.high });
  }
  const { low: from, high: to } = best;
  const within = (value: number, limit: number): number => (limit < 0 ? Math.max(limit, value) : Math.min(limit, value));
  const { high: highBefore } = best;
  for (const factor of fine) attempt({ low: within(from * factor, low), high: within(highBefore * factor, high) });
  if (!oneSided && !levels.symmetric) {
    for (const factor of fine) attempt({ low: best.low, high: within(to * factor, high) });
    for (const factor of fine) attempt({ low: within(from * factor, low), high: best.high });
  }
  return best;
}

const coarse = Array.from({ length: 65 }, (_, i) => 2 ** (-i / 8));
const fine = Array.from({ length: 15 }, (_, i) => 2 ** ((i - 7) / 64));

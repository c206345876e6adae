import type { Histogram } from '../statistics/histogram.ts';

/** Counts over bins of equal width: bin i of `counts` holds width·(first + i) <= x < width·(first + i + 1). */
export interface Bins {
  readonly width: number;
  readonly first: number;
  readonly counts: Float64Array;
}

/** The bins of |x|: those below zero are laid onto those above. */
export function foldedBins(histogram: Histogram): Bins {
  const { width, first, counts } = histogram;
  const last = first + counts.length - 1;
  const folded = new Float64Array(Math.max(last, -first - 1) + 1);
  counts.forEach((count, i) => {
    const bin = first + i;
    folded[bin >= 0 ? bin : -bin - 1]! += count;
  });
  return { width, first: 0, counts: folded };
}

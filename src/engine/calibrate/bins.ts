/** Counts over bins of equal width: bin i of `counts` holds width·(first + i) <= x < width·(first + i + 1). */
export interface Bins {
  readonly width: number;
  readonly first: number;
  readonly counts: Float64Array;
}

/** The bins of |x|: those below zero are laid onto those above. */
export function foldedBins({ width, first, counts }: Bins): Bins {
  const last = first + counts.length - 1;
  const mirrored = (bin: number): number => (bin >= 0 ? bin : -bin - 1);
  const nearest = first <= 0 && last >= 0 ? 0 : Math.min(mirrored(first), mirrored(last));
  const folded = new Float64Array(Math.max(mirrored(first), mirrored(last)) - nearest + 1);
  counts.forEach((count, i) => {
    folded[mirrored(first + i) - nearest]! += count;
  });
  return { width, first: nearest, counts: folded };
}

/** Tables of more cells are not filled: two sequences of 2,000 steps take 4 million. */
const mostCells = 4_000_000;

/**
 * The order-preserving pairs of two sequences with the greatest sum of scores (Needleman and Wunsch 1970, gaps cost nothing). `score` 0 or
 * less: these two are never paired. Sequences too long for a table are cut down first to what stands alike at their beginning and end.
 */
export function align(a: readonly number[], b: readonly number[], score: (a: number, b: number) => number): [a: number, b: number][] {
  const pairs: [number, number][] = [];
  let [start, endA, endB] = [0, a.length, b.length];
  while ((endA - start) * (endB - start) > mostCells && score(a[start]!, b[start]!) > 0) {
    pairs.push([a[start]!, b[start]!]);
    start++;
  }
  while ((endA - start) * (endB - start) > mostCells && score(a[endA - 1]!, b[endB - 1]!) > 0) pairs.push([a[--endA]!, b[--endB]!]);
  if ((endA - start) * (endB - start) > mostCells) return pairs;
  return [...pairs, ...table(a.slice(start, endA), b.slice(start, endB), score)];
}

function table(a: readonly number[], b: readonly number[], score: (a: number, b: number) => number): [number, number][] {
  const width = b.length + 1;
  const best = new Float64Array((a.length + 1) * width);
  const paired = new Uint8Array(best.length);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      const own = score(a[i]!, b[j]!);
      const without = Math.max(best[at + width]!, best[at + 1]!);
      const together = own > 0 ? own + best[at + width + 1]! : -1;
      // On a tie the earlier pair is taken, so that what was inserted stands behind what was there.
      paired[at] = together >= without ? 1 : 0;
      best[at] = Math.max(together, without);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const at = i * width + j;
    if (paired[at]) pairs.push([a[i++]!, b[j++]!]);
    else if (best[at + width]! >= best[at + 1]!) i++;
    else j++;
  }
  return pairs;
}

/** The longest run of pairs that ascend in both, of pairs that ascend in the first (patience sorting, Fredman 1975). */
export function ascending(pairs: readonly (readonly [a: number, b: number])[]): (readonly [number, number])[] {
  const ends: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  pairs.forEach(([, b], index) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]![1] < b) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[index] = ends[low - 1]!;
    ends[low] = index;
  });
  const chain: (readonly [number, number])[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]!) chain.push(pairs[at]!);
  return chain.reverse();
}

/** Bins of equal counts that a long list is drawn together in for the first centres. */
const mostBins = 4096;
/** Rounds of Lloyd's algorithm end when no value changes its cluster; this many at most. */
const mostRounds = 100;

/** Values that stand for all: ascending. */
export interface Clusters {
  readonly centres: Float64Array;
  /** Values in order of size are cut into runs here: run i ends before `ends[i]`. */
  readonly ends: Uint32Array;
}

/**
 * The `count` centres (fewer where there are not so many different values) that leave the least sum of squared distances. On a line clusters are runs of the sorted values, so dynamic programming finds the best ones (Wang and
 * Song, Ckmeans.1d.dp, The R Journal 3/2, 2011; here by divide and conquer, O(count · n · log n)); of long lists it does so on bins of equal counts, and
 * Lloyd's algorithm goes on from there on the values themselves. `sorted`: finite, ascending.
 */
export function kMeans(sorted: Float32Array, count: number): Clusters {
  const sums = new RunningSums(sorted);
  const bins = binEnds(sorted, mostBins);
  const ends = count >= bins.length ? bins : bestRuns(sums, bins, count);
  return lloyd(sums, sorted, ends);
}

/** Sums of the first values and of their squares, so that a run's cost takes two subtractions. */
class RunningSums {
  readonly #values: Float64Array;
  readonly #squares: Float64Array;

  constructor(sorted: Float32Array) {
    this.#values = new Float64Array(sorted.length + 1);
    this.#squares = new Float64Array(sorted.length + 1);
    for (let i = 0; i < sorted.length; i++) {
      this.#values[i + 1] = this.#values[i]! + sorted[i]!;
      this.#squares[i + 1] = this.#squares[i]! + sorted[i]! ** 2;
    }
  }

  mean(from: number, to: number): number {
    return (this.#values[to]! - this.#values[from]!) / (to - from);
  }

  /** Sum of squared distances from the mean. */
  cost(from: number, to: number): number {
    const sum = this.#values[to]! - this.#values[from]!;
    return Math.max(0, this.#squares[to]! - this.#squares[from]! - (sum * sum) / (to - from));
  }
}

/** Ends of at most `most` runs of about equal counts; equal values are never cut apart. */
function binEnds(sorted: Float32Array, most: number): Uint32Array {
  const distinct: number[] = [];
  for (let i = 1; i <= sorted.length; i++) if (i === sorted.length || sorted[i] !== sorted[i - 1]) distinct.push(i);
  if (distinct.length <= most) return Uint32Array.from(distinct);
  const ends: number[] = [];
  for (const end of distinct) {
    const wanted = ((ends.length + 1) * sorted.length) / most;
    if (end >= wanted || end === sorted.length) ends.push(end);
  }
  return Uint32Array.from(ends);
}

/** The best `count` runs made of whole bins. */
function bestRuns(sums: RunningSums, bins: Uint32Array, count: number): Uint32Array {
  const at = (bin: number): number => (bin === 0 ? 0 : bins[bin - 1]!);
  const size = bins.length;
  let best = Float64Array.from({ length: size + 1 }, (_, end) => (end === 0 ? Infinity : sums.cost(0, at(end))));
  const cuts: Uint32Array[] = [];
  for (let clusters = 2; clusters <= count; clusters++) {
    const next = new Float64Array(size + 1).fill(Infinity);
    const cut = new Uint32Array(size + 1);
    // The best last cut never moves back as the end moves on.
    const fill = (low: number, high: number, least: number, most: number): void => {
      if (low > high) return;
      const middle = (low + high) >> 1;
      for (let from = Math.max(least, clusters - 1); from <= Math.min(most, middle - 1); from++) {
        const cost = best[from]! + sums.cost(at(from), at(middle));
        if (cost < next[middle]!) [next[middle], cut[middle]] = [cost, from];
      }
      fill(low, middle - 1, least, cut[middle] || most);
      fill(middle + 1, high, cut[middle] || least, most);
    };
    fill(clusters, size, clusters - 1, size);
    cuts.push(cut);
    best = next;
  }
  const ends = [size];
  for (const cut of cuts.reverse()) ends.unshift(cut[ends[0]!]!);
  return Uint32Array.from(ends, at);
}

/** Cuts at the middle between neighbouring means, until nothing moves. */
function lloyd(sums: RunningSums, sorted: Float32Array, first: Uint32Array): Clusters {
  let ends = first;
  for (let round = 0; ; round++) {
    const centres = Float64Array.from(ends, (end, i) => sums.mean(i === 0 ? 0 : ends[i - 1]!, end));
    const moved = ends.slice();
    for (let i = 0; i + 1 < ends.length; i++) moved[i] = firstAbove(sorted, (centres[i]! + centres[i + 1]!) / 2);
    const changed = moved.some((end, i) => end !== ends[i]);
    const empties = moved.some((end, i) => end <= (i === 0 ? 0 : moved[i - 1]!));
    if (!changed || empties || round === mostRounds) return { centres, ends };
    ends = moved;
  }
}

/** How many values are not above `limit`. */
function firstAbove(sorted: Float32Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

import { Histogram } from '../statistics/histogram.ts';

/** A layer's output in both models over the same bins. */
export interface LayerHistogram {
  /** Left edge of the first bin and right edge of the last. */
  readonly low: number;
  readonly high: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export interface LayerError {
  /** 10 log10 of signal over noise; null beside `equal`. */
  readonly sqnrDb: number | null;
  readonly equal?: true;
  readonly cosine: number;
  readonly maxAbs: number;
  /** Mean of b - a. */
  readonly meanShift: number;
}

const bins = 48;

/** Sums over the elements of one layer's output in two models, picture by picture: memory does not grow with the pictures. */
export class LayerSums {
  #count = 0;
  #signal = 0;
  #other = 0;
  #product = 0;
  #noise = 0;
  #shift = 0;
  #largest = 0;
  readonly #histograms: readonly [Histogram, Histogram] | undefined;

  constructor(withHistogram: boolean) {
    this.#histograms = withHistogram ? [new Histogram(), new Histogram()] : undefined;
  }

  /** Adds one picture; both arrays have the same length. */
  add(a: ArrayLike<number>, b: ArrayLike<number>): void {
    let [signal, other, product, noise, shift, largest] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i]!, b[i]!];
      // Equal infinities have no difference, though their subtraction has no value.
      const difference = x === y ? 0 : y - x;
      signal += x * x;
      other += y * y;
      product += x * y;
      noise += difference * difference;
      shift += difference;
      if (!(Math.abs(difference) <= largest)) largest = Math.abs(difference);
    }
    this.#count += a.length;
    this.#signal += signal;
    this.#other += other;
    this.#product += product;
    this.#noise += noise;
    this.#shift += shift;
    if (!(largest <= this.#largest)) this.#largest = largest;
    this.#histograms?.forEach((histogram, i) => histogram.add(Float32Array.from(i === 0 ? a : b)));
  }

  get error(): LayerError {
    const equal = this.#noise === 0;
    const norms = Math.sqrt(this.#signal * this.#other);
    return {
      sqnrDb: equal ? null : 10 * Math.log10(this.#signal / this.#noise),
      ...(equal ? { equal } : {}),
      cosine: equal || norms === 0 ? (equal ? 1 : 0) : this.#product / norms,
      maxAbs: this.#largest,
      meanShift: this.#count === 0 ? 0 : this.#shift / this.#count,
    };
  }

  /** The first model's values in fine bins; undefined without histograms. */
  get values(): Histogram | undefined {
    return this.#histograms?.[0];
  }

  /** Undefined without histograms, and where nothing finite was seen. */
  get histogram(): LayerHistogram | undefined {
    if (!this.#histograms) return undefined;
    const low = Math.min(...this.#histograms.map((one) => one.low));
    const high = Math.max(...this.#histograms.map((one) => one.high));
    if (!(low < high)) return undefined;
    const [a, b] = this.#histograms.map((one) => coarse(one, low, high)) as [number[], number[]];
    return { low, high, a, b };
  }
}

/** Counts of a fine histogram in `bins` equal bins from `low` to `high`, each fine bin going where its middle lies. */
function coarse(histogram: Histogram, low: number, high: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const { width, first } = histogram;
  histogram.counts.forEach((count, i) => {
    const middle = (first + i + 0.5) * width;
    const bin = Math.floor(((middle - low) / (high - low)) * bins);
    counts[Math.max(0, Math.min(bins - 1, bin))]! += count;
  });
  return counts;
}

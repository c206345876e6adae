/** Bins that are kept; what is given out has at most half as many. */
const capacity = 1024;
const shown = 192;

/** Beyond, numbers count as this: the ends of the bins, and the distance between them, must be numbers too. */
const farthest = 2 ** 1020;

/** Numbers of bins stay so small that a double still tells where in its bin a number lies. */
const largestBin = 2 ** 31;

/** Counts over equal bins: of `low` to `high`. */
export interface Counts {
  readonly low: number;
  readonly high: number;
  readonly counts: number[];
}

/**
 * A histogram of numbers whose range is not known before: bins of width `unit` times a power of two, made twice as wide whenever a number lies too
 * far out. Counts are exact. With a `unit` (the step between the numbers) the numbers lie in the middle of bins, else bins begin at multiples.
 */
export class GrowingBins {
  #counts = new Float64Array(capacity);
  /** Number of the first bin. */
  #first = 0;
  #least = Infinity;
  #most = -Infinity;
  /** 0: nothing has been added yet. */
  #width = 0;
  /** Bin b reaches from (b − shift) × width to (b + 1 − shift) × width. */
  #shift = 0;

  constructor(unit?: number) {
    if (unit !== undefined && unit > 0 && Number.isFinite(unit)) [this.#width, this.#shift] = [unit, 0.5];
  }

  /** Only finite numbers. */
  add(number: number): void {
    const value = Math.max(-farthest, Math.min(farthest, number));
    if (this.#width === 0) this.#begin(value);
    let bin = Math.floor(value / this.#width + this.#shift);
    if (!(bin >= this.#first && bin < this.#first + capacity && Math.abs(bin) < largestBin)) bin = this.#reach(value);
    this.#counts[bin - this.#first]!++;
    if (bin < this.#least) this.#least = bin;
    if (bin > this.#most) this.#most = bin;
  }

  counts(): Counts {
    if (this.#least > this.#most) return { low: 0, high: 1, counts: [0] };
    while (this.#most - this.#least + 1 > shown) this.#widen();
    const counts = Array.from(this.#counts.subarray(this.#least - this.#first, this.#most - this.#first + 1));
    const [width, shift] = [this.#width, this.#shift];
    return { low: (this.#least - shift) * width, high: (this.#most + 1 - shift) * width, counts };
  }

  /** The first number says how fine bins are at first: so fine that most tensors fit after few steps. */
  #begin(value: number): void {
    const exponent = value === 0 ? -30 : Math.floor(Math.log2(Math.abs(value))) - 12;
    this.#width = 2 ** Math.max(exponent, -1000);
    this.#first = Math.floor(value / this.#width) - capacity / 2;
  }

  /** Makes bins wide enough for a number and gives its bin. */
  #reach(value: number): number {
    for (;;) {
      const bin = Math.floor(value / this.#width + this.#shift);
      const least = Math.min(this.#least, bin);
      const most = Math.max(this.#most, bin);
      if (most - least < capacity && Math.abs(bin) < largestBin) {
        this.#move(least - ((capacity - (most - least + 1)) >> 1));
        return bin;
      }
      this.#widen();
    }
  }

  #move(first: number): void {
    const moved = new Float64Array(capacity);
    for (let bin = this.#least; bin <= this.#most; bin++) moved[bin - first] = this.#counts[bin - this.#first]!;
    [this.#counts, this.#first] = [moved, first];
  }

  /** Bins of twice the width. */
  #widen(): void {
    const wide = new Float64Array(capacity);
    const half = (bin: number): number => Math.floor(bin / 2);
    const first = half(this.#first);
    for (let bin = this.#least; bin <= this.#most; bin++) wide[half(bin) - first]! += this.#counts[bin - this.#first]!;
    this.#counts = wide;
    this.#first = first;
    this.#width *= 2;
    this.#shift /= 2;
    if (this.#least <= this.#most) [this.#least, this.#most] = [half(this.#least), half(this.#most)];
  }
}

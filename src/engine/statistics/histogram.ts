import { differentKinds, savedRange } from './min-max.ts';
import type { SavedStatistic, Statistic } from './statistic.ts';

/** Most bins a histogram may span; at least half of them are in use once its range is known. */
export const binCapacity = 4096;

/** Counts kept in 32 bits are moved to doubles before they can overflow. */
const laneLimit = 2 ** 32 - 1;

/**
 * How often each value occurs, in bins whose width is a power of two: bin k holds width·k <= x < width·(k + 1). When the data
 * outgrow the bins the width doubles and neighbours 2k and 2k + 1 become one, so no second pass over the data is needed. The
 * width is always the least that fits the range seen, hence the counts depend on the data alone: not on their order, and not on
 * how they were split and merged.
 */
export class Histogram implements Statistic {
  readonly kind = 'histogram';
  low = Infinity;
  high = -Infinity;
  notFinite = 0;
  /** Width of a bin; 0 while there are no data. */
  width = 0;
  /** Number k of the bin at slot 0. */
  #base = 0;
  /** Two interleaved counters: equal neighbours, as after a ReLU, would otherwise wait for each other's store. */
  #even = new Uint32Array(0);
  #odd = new Uint32Array(0);
  /** Counts that no longer fit 32 bits, same slots. */
  #high: Float64Array | undefined;
  /** Elements in the 32-bit counters. */
  #pending = 0;

  /** Number k of the first bin that holds something. */
  get first(): number {
    return this.width === 0 ? 0 : Math.floor(this.low / this.width) + 0; // + 0: never -0
  }

  /** The counts from `first` to the last bin that holds something; exact integers up to 2^53. */
  get counts(): Float64Array {
    if (this.width === 0) return new Float64Array(0);
    const from = this.first - this.#base;
    const counts = new Float64Array(Math.floor(this.high / this.width) - this.first + 1);
    for (let i = 0; i < counts.length; i++) {
      counts[i] = this.#even[from + i]! + this.#odd[from + i]! + (this.#high ? this.#high[from + i]! : 0);
    }
    return counts;
  }

  /** Elements counted. */
  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Counts the elements of one picture; NaN and infinities are left out and noted once. */
  add(data: Float32Array): void {
    if (this.#pending + data.length > laneLimit) this.#widenCounters();
    this.#pending += data.length;
    let skipped = false;
    for (let at = this.#count(data, 0); at < data.length;) {
      const value = data[at]!;
      if (Number.isFinite(value)) {
        this.#include(value, value);
        at = this.#count(data, at);
      } else {
        skipped = true;
        at = this.#count(data, at + 1);
      }
    }
    if (skipped) this.notFinite++;
  }

  merge(other: Statistic): void {
    if (!(other instanceof Histogram)) throw differentKinds(this, other);
    this.notFinite += other.notFinite;
    this.#addCounts(other.width, other.first, other.counts, other.low, other.high);
  }

  save(): SavedStatistic {
    const { width, first, notFinite } = this;
    return { kind: 'histogram', range: savedRange(this), notFinite, width, first, counts: Array.from(this.counts) };
  }

  static restore(saved: SavedStatistic & { kind: 'histogram' }): Histogram {
    const histogram = new Histogram();
    histogram.notFinite = saved.notFinite;
    if (saved.range) histogram.#addCounts(saved.width, saved.first, Float64Array.from(saved.counts), ...saved.range);
    return histogram;
  }

  /** Counts from `start` until the end or until an element outside the range seen so far; returns its place. The hot loop. */
  #count(data: Float32Array, start: number): number {
    const { low, high } = this;
    const even = this.#even;
    const odd = this.#odd;
    const inverse = this.width === 0 ? 0 : 1 / this.width;
    const base = this.#base;
    let at = start;
    // Comparisons are also false for NaN; what is in the range has a slot.
    for (; at + 1 < data.length; at += 2) {
      const first = data[at]!;
      const second = data[at + 1]!;
      if (!(first >= low && first <= high && second >= low && second <= high)) break;
      even[(Math.floor(first * inverse) | 0) - base]!++;
      odd[(Math.floor(second * inverse) | 0) - base]!++;
    }
    for (; at < data.length; at++) {
      const value = data[at]!;
      if (!(value >= low && value <= high)) break;
      even[(Math.floor(value * inverse) | 0) - base]!++;
    }
    return at;
  }

  #addCounts(width: number, first: number, counts: Float64Array, low: number, high: number): void {
    if (!(low <= high)) return;
    this.#include(low, high);
    this.#high ??= new Float64Array(binCapacity);
    const step = this.width / width;
    // `include` has chosen the least width for the union, which is never below that of a part.
    for (let i = 0; i < counts.length; i++) {
      const slot = Math.floor((first + i) / step) - this.#base;
      this.#high[slot] = this.#high[slot]! + counts[i]!;
    }
  }

  /** Takes the range from `low` to `high` in; widens the bins, moves them, or both, where it does not fit. */
  #include(low: number, high: number): void {
    const least = Math.min(this.low, low);
    const greatest = Math.max(this.high, high);
    const width = leastWidth(least, greatest);
    const first = Math.floor(least / width);
    const last = Math.floor(greatest / width);
    this.low = least;
    this.high = greatest;
    if (width === this.width && first >= this.#base && last < this.#base + binCapacity) return;
    const spare = binCapacity - (last - first + 1);
    // Data grow outwards on both sides: centre the used bins, but never waste slots below zero on data that have none.
    const base = least >= 0 ? Math.max(0, first - (spare >> 1)) : first - (spare >> 1);
    const regroup = <T extends Uint32Array | Float64Array>(old: T, next: T): T => {
      const step = this.width === 0 ? 1 : width / this.width;
      for (let i = 0; i < old.length; i++) {
        if (old[i] === 0) continue;
        const slot = Math.floor((this.#base + i) / step) - base;
        next[slot] = next[slot]! + old[i]!;
      }
      return next;
    };
    this.#even = regroup(this.#even, new Uint32Array(binCapacity));
    this.#odd = regroup(this.#odd, new Uint32Array(binCapacity));
    if (this.#high) this.#high = regroup(this.#high, new Float64Array(binCapacity));
    this.width = width;
    this.#base = base;
  }

  #widenCounters(): void {
    this.#high ??= new Float64Array(binCapacity);
    for (let i = 0; i < this.#even.length; i++) this.#high[i]! += this.#even[i]! + this.#odd[i]!;
    this.#even.fill(0);
    this.#odd.fill(0);
    this.#pending = 0;
  }
}

/** The least power of two at which the range spans at most `binCapacity` bins with numbers below 2^30 (exact in 32-bit arithmetic). */
export function leastWidth(low: number, high: number): number {
  const greatest = Math.max(Math.abs(low), Math.abs(high));
  const fits = (width: number): boolean => Math.floor(high / width) - Math.floor(low / width) < binCapacity && greatest / width < 2 ** 30;
  // 2^-149 is float32's smallest step. Start a little below the answer, where quotients are still exact and finite.
  let exponent = Math.max(-149, Math.floor(Math.log2(Math.max((high - low) / binCapacity, greatest / 2 ** 30, 2 ** -149))) - 2);
  while (!fits(2 ** exponent)) exponent++;
  return 2 ** exponent;
}

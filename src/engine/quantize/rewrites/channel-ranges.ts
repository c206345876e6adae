import type { ChannelExtremes } from '../../statistics/channel-extremes.ts';
import type { ChannelNormal } from '../batch-norm-statistics.ts';

/** What is known of each channel of a value. */
export interface ChannelRange {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The channel hardly ever falls below this: `low` of the pictures, or three deviations below the mean (arXiv:1906.04721, section 4.1.3). */
  readonly floor: Float64Array;
}

/** Deviations from the mean within which a channel is taken to stay (arXiv:1906.04721, section 5.1.1: 6). */
export const rangeDeviations = 6;
const floorDeviations = 3;

/** Ranges of channels by value, kept true while rewrites scale and shift them. */
export class ChannelRanges {
  readonly #ranges = new Map<string, ChannelRange>();
  /** Pictures the ranges were seen on; Infinity where they come from batch normalization. */
  readonly #pictures = new Map<string, number>();

  addExtremes(value: string, { low, high, pictures }: ChannelExtremes): void {
    this.#ranges.set(value, { low: low.slice(), high: high.slice(), floor: low.slice() });
    this.#pictures.set(value, pictures);
  }

  addNormal(value: string, { mean, deviation }: ChannelNormal): void {
    const at = (deviations: number): Float64Array => mean.map((middle, channel) => middle + deviations * deviation[channel]!);
    this.#ranges.set(value, { low: at(-rangeDeviations), high: at(rangeDeviations), floor: at(-floorDeviations) });
    this.#pictures.set(value, Infinity);
  }

  of(value: string): ChannelRange | undefined {
    return this.#ranges.get(value);
  }

  pictures(value: string): number {
    return this.#pictures.get(value) ?? 0;
  }

  scale(value: string, factors: ArrayLike<number>): void {
    this.#change(value, (number, channel) => number * factors[channel]!);
  }

  shift(value: string, by: ArrayLike<number>): void {
    this.#change(value, (number, channel) => number + by[channel]!);
  }

  #change(value: string, change: (number: number, channel: number) => number): void {
    const range = this.#ranges.get(value);
    if (range) this.#ranges.set(value, { low: range.low.map(change), high: range.high.map(change), floor: range.floor.map(change) });
  }
}

import { LatheError } from '../base/errors.ts';

/** Ask for the mean of each channel of a value: over all axes but `axis`, and over all pictures, each counting once. */
export interface MeanRequest {
  readonly value: string;
  readonly rank: number;
  readonly axis: number;
  /** Size of that axis. */
  readonly channels: number;
}

/** For each channel its sums that are not zero, as pairs of place and sum. JSON-safe. */
export interface SavedMeans {
  readonly pictures: number;
  readonly channels: readonly (readonly number[])[];
}

/** float32 reaches from 2^-149 to 2^128: nine digits to the base 2^32. */
const digits = 9;

/**
 * Sums of float32 numbers, one for each channel, kept exactly: every number is an integer times 2^-149, and is added digit by digit to the
 * base 2^32. A double holds such a digit's sum exactly for two million pictures. So the means do not depend on how the pictures
 * were divided, and parts merge to the same bytes. 72 bytes a channel.
 */
export class ChannelMeans {
  /** Pictures added; those with a mean that is not finite are left out. */
  pictures = 0;
  readonly #sums: Float64Array;

  constructor(readonly channels: number) {
    this.#sums = new Float64Array(channels * digits);
  }

  /** Adds one picture's means. */
  add(means: Float32Array): void {
    const words = new Int32Array(means.buffer, means.byteOffset, this.channels);
    if (!means.subarray(0, this.channels).every(Number.isFinite)) return;
    this.pictures++;
    for (let channel = 0; channel < this.channels; channel++) {
      const word = words[channel]!;
      const exponent = (word >>> 23) & 255;
      const mantissa = exponent === 0 ? word & 0x7fffff : (word & 0x7fffff) | 0x800000;
      if (mantissa === 0) continue;
      const shift = Math.max(exponent, 1) - 1;
      const place = channel * digits + (shift >> 5);
      const bits = shift & 31;
      const sign = word < 0 ? -1 : 1;
      this.#sums[place]! += sign * ((mantissa << bits) >>> 0);
      if (bits > 8) this.#sums[place + 1]! += sign * (mantissa >>> (32 - bits));
    }
  }

  /** The means over all pictures; zeros while there are none. */
  means(): Float64Array {
    return Float64Array.from({ length: this.channels }, (_, channel) => {
      let sum = 0;
      for (let digit = 0; digit < digits; digit++) sum += this.#sums[channel * digits + digit]! * 2 ** (32 * digit - 149);
      return sum / Math.max(1, this.pictures);
    });
  }

  merge(other: ChannelMeans): void {
    if (other.channels !== this.channels) {
      throw new LatheError('statistics.parts', `means of ${other.channels} channels cannot be added to those of ${this.channels}`);
    }
    this.pictures += other.pictures;
    other.#sums.forEach((sum, i) => (this.#sums[i]! += sum));
  }

  save(): SavedMeans {
    const channels = Array.from({ length: this.channels }, (_, channel) => {
      const own = Array.from(this.#sums.subarray(channel * digits, (channel + 1) * digits));
      return own.flatMap((sum, digit) => (sum === 0 ? [] : [digit, sum]));
    });
    return { pictures: this.pictures, channels };
  }

  static restore({ pictures, channels }: SavedMeans): ChannelMeans {
    const means = new ChannelMeans(channels.length);
    means.pictures = pictures;
    channels.forEach((pairs, channel) => {
      for (let i = 0; i < pairs.length; i += 2) means.#sums[channel * digits + pairs[i]!] = pairs[i + 1]!;
    });
    return means;
  }
}

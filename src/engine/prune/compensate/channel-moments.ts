import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { ChannelPlaces } from '../groups/types.ts';

/** Products of channels that are added up, at most: bounds the time whatever the number of channels. */
const mostProducts = 2e9;
/** Positions that are looked at in one picture, at most. */
const positionsEach = 64;

/**
 * Covariance of the channels of a value over positions and pictures, for layers whose full moment is too large or whose product is not known: what one channel is
 * worth when the others make up for it at the same position. Memory: 8 * channels² bytes.
 */
export class ChannelMoments {
  readonly channels: number;
  /** Places of each channel along the axis: equally many. */
  readonly #taps: number;
  readonly #products: Float64Array;
  readonly #means: Float64Array;
  readonly #row: Float64Array;
  #left: number;
  #count = 0;

  constructor(readonly at: ChannelPlaces) {
    this.channels = at.places.length;
    this.#taps = at.places[0]?.length ?? 0;
    this.#products = new Float64Array(this.channels ** 2);
    this.#means = new Float64Array(this.channels);
    this.#row = new Float64Array(this.channels);
    this.#left = Math.max(this.channels, Math.floor(mostProducts / Math.max(1, this.channels ** 2)));
  }

  /** `pictures`: how many there will be. */
  add({ dims, data }: RuntimeTensor, pictures: number): void {
    const { axis, places } = this.at;
    const values = data as Float32Array;
    const length = dims[axis]!;
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const positions = dims.slice(0, axis).reduce((a, b) => a * b, 1) * inner * this.#taps;
    const wanted = Math.min(positionsEach, Math.ceil(this.#left / Math.max(1, pictures)));
    const step = Math.max(1, Math.floor(positions / Math.max(1, wanted)));
    for (let position = 0; position < positions && this.#count < this.#left; position += step) {
      const tap = position % this.#taps;
      const place = Math.floor(position / this.#taps);
      const start = Math.floor(place / inner) * length * inner + (place % inner);
      for (let channel = 0; channel < this.channels; channel++) this.#row[channel] = values[start + places[channel]![tap]! * inner]!;
      if (this.#row.every(Number.isFinite)) this.#addRow();
    }
  }

  /** [channels, channels], without the means. */
  covariance(): Float64Array {
    const { channels } = this;
    const count = Math.max(1, this.#count);
    const found = new Float64Array(channels * channels);
    for (let i = 0; i < channels; i++) {
      for (let j = i; j < channels; j++) {
        const value = this.#products[i * channels + j]! / count - (this.#means[i]! / count) * (this.#means[j]! / count);
        found[i * channels + j] = found[j * channels + i] = value;
      }
    }
    return found;
  }

  /** Positions looked at. */
  get count(): number {
    return this.#count;
  }

  #addRow(): void {
    const row = this.#row;
    this.#count++;
    for (let i = 0; i < row.length; i++) {
      const value = row[i]!;
      this.#means[i]! += value;
      if (value === 0) continue;
      for (let j = i, at = i * row.length + i; j < row.length; j++, at++) this.#products[at]! += value * row[j]!;
    }
  }
}

import type { RuntimeTensor } from '../../runtime/runtime.ts';

/** Elements of a channel that are looked at in one picture, about. */
const elementsEach = 256;

/** Variance of a value by channel, over positions and pictures; summed over the channels. */
export class ChannelVariance {
  #sums: Float64Array | undefined;
  #squares: Float64Array | undefined;
  #count = 0;

  constructor(readonly axis: (rank: number) => number) {}

  add({ dims, data }: RuntimeTensor): void {
    const axis = this.axis(dims.length);
    const channels = dims[axis] ?? 1;
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
    this.#sums ??= new Float64Array(channels);
    this.#squares ??= new Float64Array(channels);
    if (this.#sums.length !== channels) return;
    const step = Math.max(1, Math.floor((inner * outer) / elementsEach));
    const values = data as Float32Array;
    for (let at = 0; at < inner * outer; at += step) {
      const start = Math.floor(at / inner) * channels * inner + (at % inner);
      this.#count++;
      for (let channel = 0; channel < channels; channel++) {
        const value = values[start + channel * inner]!;
        if (!Number.isFinite(value)) continue;
        this.#sums[channel]! += value;
        this.#squares[channel]! += value * value;
      }
    }
  }

  /** 0 while nothing was seen. */
  get total(): number {
    if (!this.#sums || !this.#squares || this.#count === 0) return 0;
    let total = 0;
    for (let i = 0; i < this.#sums.length; i++) total += Math.max(0, this.#squares[i]! / this.#count - (this.#sums[i]! / this.#count) ** 2);
    return total;
  }
}

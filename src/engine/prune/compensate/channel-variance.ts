import type { RuntimeTensor } from '../../runtime/runtime.ts';

/** Elements of a channel that are looked at in one picture, about. */
const elementsEach = 256;

/** Mean and variance of a value by channel, over positions and pictures. */
export class ChannelVariance {
  #sums: Float64Array | undefined;
  #squares: Float64Array | undefined;
  #count = 0;

  /** `axis`: of the channels; negative from the end. */
  constructor(readonly axis: number) {}

  add({ dims, data }: RuntimeTensor): void {
    const axis = this.axis < 0 ? dims.length + this.axis : this.axis;
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

  /** By channel; empty while nothing was seen. */
  get means(): Float64Array {
    return (this.#sums ?? new Float64Array(0)).map((sum) => sum / Math.max(1, this.#count));
  }

  get variances(): Float64Array {
    const { means } = this;
    return (this.#squares ?? new Float64Array(0)).map((square, i) => Math.max(0, square / Math.max(1, this.#count) - means[i]! ** 2));
  }

  /** The variances, summed over the channels. */
  get total(): number {
    return this.variances.reduce((sum, variance) => sum + variance, 0);
  }
}

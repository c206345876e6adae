import { Value } from '@sinclair/typebox/value';
import type { LayerOutputs } from '../../protocol/results/compare.ts';
import { rangeEstimators } from '../calibrate/index.ts';
import type { Histogram } from '../statistics/histogram.ts';
import type { LayerHistogram } from './layer-sums.ts';

/** Channels that are told; the worst. */
const toldChannels = 32;
/** What others would have chosen is told for 8 bits, all codes in use. */
const eightBits = { levels: 256, symmetric: false };

/** Signal and noise of a layer's output by channel (axis 1), picture by picture. */
export class ChannelErrors {
  #channels = -1;
  #signal = new Float64Array(0);
  #noise = new Float64Array(0);
  #least = new Float64Array(0);
  #most = new Float64Array(0);

  /** Adds one picture; both arrays are of shape `dims`. Outputs without an axis 1, or with another number of channels each time, have none. */
  add(a: ArrayLike<number>, b: ArrayLike<number>, dims: readonly number[]): void {
    const channels = dims.length < 2 ? 0 : dims[1]!;
    if (this.#channels === -1) this.#begin(channels);
    if (channels !== this.#channels) this.#begin(0);
    if (this.#channels === 0) return;
    const inner = dims.slice(2).reduce((product, dim) => product * dim, 1);
    for (let from = 0, row = 0; from < a.length; from += inner, row++) {
      const channel = row % channels;
      let [signal, noise, least, most] = [0, 0, this.#least[channel]!, this.#most[channel]!];
      for (let i = from; i < from + inner; i++) {
        const [x, y] = [a[i]!, b[i]!];
        signal += x * x;
        noise += x === y ? 0 : (x - y) * (x - y);
        if (x < least) least = x;
        if (x > most) most = x;
      }
      this.#signal[channel]! += signal;
      this.#noise[channel]! += noise;
      [this.#least[channel], this.#most[channel]] = [least, most];
    }
  }

  #begin(channels: number): void {
    this.#channels = channels;
    [this.#signal, this.#noise] = [new Float64Array(channels), new Float64Array(channels)];
    [this.#least, this.#most] = [new Float64Array(channels).fill(Infinity), new Float64Array(channels).fill(-Infinity)];
  }

  /** How many channels there are, and the worst of them, the worst first. */
  get worst(): Pick<LayerOutputs, 'channels' | 'worst'> {
    const all = this.#noise.reduce((sum, noise) => sum + noise, 0);
    const found = Array.from(this.#signal, (signal, channel) => {
      const noise = this.#noise[channel]!;
      return {
        channel,
        low: this.#least[channel]!,
        high: this.#most[channel]!,
        sqnr: noise === 0 ? null : 10 * Math.log10(signal / noise),
        share: all > 0 ? noise / all : 0,
      };
    });
    const worstFirst = found.sort((x, y) => (x.sqnr ?? Infinity) - (y.sqnr ?? Infinity) || x.channel - y.channel);
    return { channels: Math.max(0, this.#channels), worst: worstFirst.slice(0, toldChannels) };
  }
}

/** Those that people choose among; others look at more than values, or take a tenth of a second for each layer. */
const toldEstimators = new Set(['minmax', 'percentile', 'entropy', 'mse']);

/** What range estimators would choose for these values, with their own defaults. */
export const estimatedRanges = (histogram: Histogram): LayerOutputs['ranges'] =>
  rangeEstimators
    .filter(({ declaration }) => toldEstimators.has(declaration.name))
    .map(({ declaration: { name, parameters }, estimate }) => {
      const settings = Value.Default(parameters, {}) as Parameters<typeof estimate>[2];
      return { estimator: name, ...estimate(histogram, eightBits, settings) };
    });

export const layerOutputs = (histogram: LayerHistogram, channels: ChannelErrors, ranges: LayerOutputs['ranges']): LayerOutputs => ({
  low: histogram.low,
  high: histogram.high,
  a: [...histogram.a],
  b: [...histogram.b],
  ...channels.worst,
  ranges,
});

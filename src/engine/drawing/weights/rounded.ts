import { DataType, dataTypeBits } from '../../onnx/data-type.ts';
import { LatheError } from '../../base/errors.ts';
import type { RoundedView } from '../../../protocol/weights.ts';
import { channelAt, channelsOf, realValues, scalePlace, type Channels } from './channels.ts';
import { chunks, type Reading } from './chunks.ts';
import { isInteger, type StoredWeights } from './stored.ts';

const bins = 160;

export type Rounded = Omit<RoundedView, 'node' | 'input'>;

/** What each element becomes, and what the integers of its scale reach. */
interface Rounding {
  value(original: number, element: number): number;
  /** Which scale an element has. */
  place(element: number): number;
  /** By scale: the real numbers of the lowest and highest integer. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  readonly scale: Float64Array;
}

/**
 * A float tensor beside itself rounded to integers of `bits` bits (2 to 8), one scale a channel, from −max to max of the channel, symmetric: what
 * `lathe quantize` does before it looks at any picture. Two passes. Throws and ends as `chunks`.
 */
export async function roundedTo(weights: StoredWeights, bits: number, reading: Reading): Promise<Rounded> {
  const channels = channelsOf(weights);
  const largest = new Float64Array(channels.count);
  const span: [number, number] = [Infinity, -Infinity];
  let element = 0;
  for await (const piece of chunks(weights.tensor, reading)) {
    for (let i = 0; i < piece.length; i++, element++) {
      const value = piece[i]!;
      if (!Number.isFinite(value)) continue;
      const channel = channelAt(channels, element);
      largest[channel] = Math.max(largest[channel]!, Math.abs(value));
      span[0] = Math.min(span[0], value);
      span[1] = Math.max(span[1], value);
    }
    reading.progress(element / weights.tensor.size / 2);
  }
  const steps = 2 ** (bits - 1) - 1;
  const scales = largest.map((value) => Math.fround(value / steps));
  const place = (at: number): number => channelAt(channels, at);
  const rounding: Rounding = {
    value(original, at) {
      const scale = scales[place(at)]!;
      return scale === 0 ? 0 : Math.max(-steps, Math.min(steps, Math.round(original / scale))) * scale;
    },
    place,
    lows: scales.map((scale) => -scale * steps),
    highs: scales.map((scale) => scale * steps),
    scale: scales,
  };
  const measured = new Measured(channels, span);
  element = 0;
  for await (const piece of chunks(weights.tensor, reading)) {
    for (let i = 0; i < piece.length; i++, element++) measured.add(piece[i]!, rounding, element);
    reading.progress(0.5 + element / weights.tensor.size / 2);
  }
  return {
    title: `Rounded to ${bits} bits`,
    text: 'One scale a channel, from its largest magnitude (min-max); rounded to nearest.',
    ...measured.figures('As it is', `${bits} bits`, (channel) => scales[channel]!),
  };
}

/**
 * The integers of a quantized tensor beside the floats they were made from, element by element. Throws `weights.differ` where the two do not have the
 * same shape; throws and ends as `chunks`.
 */
export async function besideOriginal(quantized: StoredWeights, original: StoredWeights, reading: Reading): Promise<Rounded> {
  const { quantization, tensor } = quantized;
  const same = tensor.dims.length === original.tensor.dims.length && tensor.dims.every((dim, i) => dim === original.tensor.dims[i]);
  if (!quantization || !isInteger(tensor) || !same) {
    throw new LatheError('weights.differ', 'the tensor before quantization has another shape', {
      hint: 'The model has been changed in other ways too: compare the two models.',
    });
  }
  const channels = channelsOf(quantized);
  const [lowest, highest] = codeRange(quantized);
  const place = scalePlace(quantized, quantization);
  const real = realValues(quantized);
  const { scale, zeroPoint } = quantization;
  const span = await spanOf(original, { ...reading, progress: (fraction) => reading.progress(fraction / 2) });
  const measured = new Measured(channels, span);
  const reach = {
    place,
    lows: scale.map((step, i) => (lowest - zeroPoint[i]!) * step),
    highs: scale.map((step, i) => (highest - zeroPoint[i]!) * step),
    scale,
  };
  const codes = chunks(tensor, reading);
  try {
    let first = 0;
    for await (const piece of chunks(original.tensor, reading)) {
      const stored = (await codes.next()).value as ArrayLike<number>;
      const begin = first;
      const rounding: Rounding = { ...reach, value: (_, at) => real(stored[at - begin]!, at) };
      for (let i = 0; i < piece.length; i++) measured.add(piece[i]!, rounding, begin + i);
      first += piece.length;
      reading.progress(0.5 + first / tensor.size / 2);
    }
  } finally {
    await codes.return(undefined);
  }
  return {
    title: 'Before it was quantized',
    text: 'The tensor of the same layer in the model that the run began with: what else the run did to it counts as error too.',
    ...measured.figures('Before', 'Now', (channel) => scale[place(channel * channels.inner)]!),
  };
}

async function spanOf({ tensor }: StoredWeights, reading: Reading): Promise<[number, number]> {
  const span: [number, number] = [Infinity, -Infinity];
  let done = 0;
  for await (const piece of chunks(tensor, reading)) {
    for (let i = 0; i < piece.length; i++) {
      const value = piece[i]!;
      if (!Number.isFinite(value)) continue;
      if (value < span[0]) span[0] = value;
      if (value > span[1]) span[1] = value;
    }
    done += piece.length;
    reading.progress(done / tensor.size);
  }
  return span;
}

const signedTypes = new Set<DataType>([DataType.int2, DataType.int4, DataType.int8, DataType.int16, DataType.int32, DataType.int64]);

/** The integers that the stored type holds. */
function codeRange({ tensor }: StoredWeights): [number, number] {
  const bits = dataTypeBits(tensor.type)!;
  const signed = signedTypes.has(tensor.type);
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** Errors and histograms of what was and what became of it, channel by channel. */
class Measured {
  readonly #before = new Float64Array(bins);
  readonly #after = new Float64Array(bins);
  readonly #signal: Float64Array;
  readonly #noise: Float64Array;
  readonly #clipped: Float64Array;
  readonly #range: [number, number] = [0, 0];
  readonly #low: number;
  readonly #width: number;

  constructor(
    readonly channels: Channels,
    [low, high]: readonly [number, number],
  ) {
    const { entries } = channels;
    [this.#signal, this.#noise, this.#clipped] = [new Float64Array(entries), new Float64Array(entries), new Float64Array(entries)];
    this.#low = low <= high ? low : 0;
    this.#width = high > low ? (high - low) / bins : 1;
  }

  add(original: number, rounding: Rounding, element: number): void {
    if (!Number.isFinite(original)) return;
    const value = rounding.value(original, element);
    const scale = rounding.place(element);
    const [low, high, step] = [rounding.lows[scale]!, rounding.highs[scale]!, rounding.scale[scale]!];
    const entry = Math.floor(channelAt(this.channels, element) / this.channels.stride);
    this.#signal[entry]! += original * original;
    this.#noise[entry]! += (original - value) ** 2;
    // Up to half a step beyond the last integer is rounding, no more wrong than elsewhere.
    if (original < low - step * halfStep || original > high + step * halfStep) this.#clipped[entry]!++;
    if (low < this.#range[0]) this.#range[0] = low;
    if (high > this.#range[1]) this.#range[1] = high;
    this.#before[this.#bin(original)]!++;
    this.#after[this.#bin(value)]!++;
  }

  /** `scale`: by channel. */
  figures(before: string, after: string, scale: (channel: number) => number): Omit<Rounded, 'title' | 'text'> {
    const { axis, count, stride, entries } = this.channels;
    const [low, high] = [this.#low, this.#low + bins * this.#width];
    const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
    return {
      histograms: [
        { label: before, low, high, counts: Array.from(this.#before) },
        { label: after, low, high, counts: Array.from(this.#after) },
      ],
      range: this.#range,
      clipped: sum(this.#clipped),
      sqnr: decibel(sum(this.#signal), sum(this.#noise)),
      axis,
      count,
      stride,
      channelSqnr: Array.from(this.#signal, (signal, entry) => decibel(signal, this.#noise[entry]!)),
      channelClipped: Array.from(this.#clipped),
      scale: Array.from({ length: entries }, (_, entry) => scale(entry * stride)),
    };
  }

  #bin(value: number): number {
    return Math.max(0, Math.min(bins - 1, Math.floor((value - this.#low) / this.#width)));
  }
}

/** With room for the rounding of float32. */
const halfStep = 0.5001;

/** Signal over noise; null without noise. Of a channel of zeros that became something else: 0 dB is said for minus infinity. */
const decibel = (signal: number, noise: number): number | null => (noise === 0 ? null : signal === 0 ? 0 : 10 * Math.log10(signal / noise));

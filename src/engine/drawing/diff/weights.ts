import { throwIfCancelled } from '../../base/errors.ts';
import { dataTypeName } from '../../onnx/data-type.ts';
import { loadTensor } from '../../onnx/scan.ts';
import { absorbedBehind } from './absorbed.ts';
import { constantName, storedType, isWeight } from './changes.ts';
import type { Constant, Unit } from './folded.ts';
import type { Matching } from './match.ts';
import { ConstantValues } from './values.ts';

const bins = 64;
/** Channels that are told apart; a tensor has more only along an axis that is none. */
const mostChannels = 1 << 20;

/** One constant of two matched layers. `b`'s error is against `a`, where both have the same shape. */
export interface WeightPair {
  /** "weights", "bias". */
  readonly name: string;
  readonly types: readonly [a: string, b: string];
  readonly dims: readonly [a: readonly number[], b: readonly number[]];
  /** Counts over the same bins, from the least to the greatest of both. */
  readonly low: number;
  readonly high: number;
  readonly counts: readonly [a: Float64Array, b: Float64Array];
  /** Signal over noise in dB; null: no error; undefined: the shapes differ. */
  readonly sqnr: number | null | undefined;
  readonly channels: readonly ChannelPair[];
  /** What `b`'s integers reach, the widest of all channels; undefined: floats. */
  readonly reach?: readonly [low: number, high: number];
  /** Elements of `a` beyond the reach of their channel in `b`, which are cut off there. */
  readonly clipped: number;
  /** The first model's values with the normalization behind them, which the second one has folded in; or the other way round. */
  readonly folded: boolean;
}

export interface ChannelPair {
  readonly channel: number;
  readonly low: number;
  readonly high: number;
  readonly sqnr: number | null;
  /** Of the noise of all channels, 0 to 1. */
  readonly share: number;
}

/** Places of operands at which both units have weights. */
export const commonWeights = (a: Unit, b: Unit): number[] =>
  a.operands.flatMap((operand, place) => {
    const [one, other] = [operand?.constant, b.operands[place]?.constant];
    return one && other && isWeight(one) && isWeight(other) && one.tensor.size > 1 ? [place] : [];
  });

/** Reads both constants twice in slices: memory does not grow with them. Throws `model.truncated`, `file.read`, `cancelled`. */
export async function compareWeights(matching: Matching, a: Unit, b: Unit, place: number, signal: AbortSignal): Promise<WeightPair> {
  const constants = [a.operands[place]!.constant!, b.operands[place]!.constant!] as const;
  const values = [await ConstantValues.open(constants[0]), await ConstantValues.open(constants[1])] as const;
  const factors = place === 1 ? await foldedFactors(matching, a, b) : {};
  const sums = new Sums(constants[0], channelAxis(a), values[1], factors);
  const alike = constants[0].tensor.dims.join() === constants[1].tensor.dims.join();
  if (alike) await both(values, signal, (at, left, right) => sums.add(at, left, right));
  else {
    await each(values[0], signal, (at, left) => sums.add(at, left, undefined));
    await each(values[1], signal, (at, right) => sums.add(at, undefined, right));
  }
  const counts = [new Float64Array(bins), new Float64Array(bins)] as const;
  await each(values[0], signal, (at, left) => sums.count(counts[0], sums.left(at, left)));
  await each(values[1], signal, (at, right) => sums.count(counts[1], sums.right(at, right)));
  return {
    name: constantName(a, place),
    types: [dataTypeName(storedType(constants[0])), dataTypeName(storedType(constants[1]))],
    dims: [constants[0].tensor.dims, constants[1].tensor.dims],
    low: sums.low,
    high: sums.high,
    counts,
    sqnr: alike ? sums.sqnr : undefined,
    channels: alike ? sums.channels() : [],
    ...(sums.reach ? { reach: sums.reach } : {}),
    clipped: alike ? sums.clipped : 0,
    folded: factors.a !== undefined || factors.b !== undefined,
  };
}

async function each(values: ConstantValues, signal: AbortSignal, take: (at: number, values: Float64Array) => void): Promise<void> {
  for await (const { at, values: some } of values.stretches(signal)) take(at, some);
}

/** Both at once; their stretches differ in length where their types do. */
async function both(
  [a, b]: readonly [ConstantValues, ConstantValues],
  signal: AbortSignal,
  take: (at: number, a: Float64Array, b: Float64Array) => void,
): Promise<void> {
  const others = b.stretches(signal);
  let other = await others.next();
  for await (const { at, values } of a.stretches(signal)) {
    for (let done = 0; done < values.length && !other.done;) {
      throwIfCancelled(signal);
      const from = at + done - other.value.at;
      const length = Math.min(values.length - done, other.value.values.length - from);
      if (length <= 0) {
        other = await others.next();
        continue;
      }
      take(at + done, values.subarray(done, done + length), other.value.values.subarray(from, from + length));
      done += length;
    }
  }
  await others.return(undefined);
}

interface Factors {
  a?: Float64Array;
  b?: Float64Array;
}

class Sums {
  low = Infinity;
  high = -Infinity;
  clipped = 0;
  reach: [number, number] | undefined;
  readonly #channels: number;
  readonly #inner: number;
  readonly #signal: Float64Array;
  readonly #noise: Float64Array;
  readonly #least: Float64Array;
  readonly #most: Float64Array;

  constructor(
    { tensor }: Constant,
    axis: number,
    readonly b: ConstantValues,
    readonly factors: Factors,
  ) {
    const { dims } = tensor;
    const along = dims.length === 1 ? 0 : axis < 0 ? dims.length + axis : Math.min(axis, Math.max(0, dims.length - 1));
    this.#channels = Math.min(mostChannels, Math.max(1, dims[along] ?? 1));
    this.#inner = dims.slice(along + 1).reduce((product, dim) => product * dim, 1);
    this.#signal = new Float64Array(this.#channels);
    this.#noise = new Float64Array(this.#channels);
    this.#least = new Float64Array(this.#channels).fill(Infinity);
    this.#most = new Float64Array(this.#channels).fill(-Infinity);
  }

  left = (at: number, values: Float64Array): Float64Array => this.#scaled(at, values, this.factors.a);
  right = (at: number, values: Float64Array): Float64Array => this.#scaled(at, values, this.factors.b);

  #scaled(at: number, values: Float64Array, factors: Float64Array | undefined): Float64Array {
    return factors ? values.map((value, i) => value * (factors[this.#channelOf(at + i)] ?? 1)) : values;
  }

  #channelOf = (index: number): number => Math.floor(index / this.#inner) % this.#channels;

  add(at: number, left: Float64Array | undefined, right: Float64Array | undefined): void {
    const [a, b] = [left && this.left(at, left), right && this.right(at, right)];
    const length = (a ?? b)!.length;
    for (let i = 0; i < length; i++) {
      const channel = this.#channelOf(at + i);
      for (const value of [a?.[i], b?.[i]]) {
        if (value === undefined || !Number.isFinite(value)) continue;
        if (value < this.low) this.low = value;
        if (value > this.high) this.high = value;
      }
      if (a) {
        this.#least[channel] = Math.min(this.#least[channel]!, a[i]!);
        this.#most[channel] = Math.max(this.#most[channel]!, a[i]!);
      }
      if (!a || !b) continue;
      this.#signal[channel]! += a[i]! * a[i]!;
      this.#noise[channel]! += (a[i]! - b[i]!) ** 2;
      this.#reaches(at + i, a[i]!, b[i]!);
    }
  }

  /** A value is cut off where it lies outside of what its integers reach by more than their rounding. */
  #reaches(index: number, value: number, stored: number): void {
    const reach = this.b.reach?.(index);
    if (!reach) return;
    const [low, high] = reach;
    this.reach ??= [low, high];
    this.reach = [Math.min(this.reach[0], low), Math.max(this.reach[1], high)];
    const step = (high - low) / 2 / 255;
    if ((value < low - step && stored <= low) || (value > high + step && stored >= high)) this.clipped++;
  }

  count(counts: Float64Array, values: Float64Array): void {
    const width = this.high - this.low;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      const bin = width > 0 ? Math.floor(((value - this.low) / width) * bins) : 0;
      counts[Math.max(0, Math.min(bins - 1, bin))]!++;
    }
  }

  get sqnr(): number | null {
    return decibels(sum(this.#signal), sum(this.#noise));
  }

  /** Worst first. */
  channels(): ChannelPair[] {
    const all = sum(this.#noise);
    const found = Array.from(this.#signal, (signal, channel) => ({
      channel,
      low: this.#least[channel]!,
      high: this.#most[channel]!,
      sqnr: decibels(signal, this.#noise[channel]!),
      share: all > 0 ? this.#noise[channel]! / all : 0,
    }));
    return found.sort((x, y) => (x.sqnr ?? Infinity) - (y.sqnr ?? Infinity) || y.share - x.share || x.channel - y.channel);
  }
}

/** 10 log10 of signal over noise; null without noise. */
export const decibels = (signal: number, noise: number): number | null => (noise === 0 ? null : 10 * Math.log10(signal / noise));

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** The axis of a weight's output channels (ONNX Conv, ConvTranspose, Gemm, MatMul). */
function channelAxis({ op, node }: Unit): number {
  if (op === 'Gemm') return node.int('transB', 0) ? 0 : 1;
  if (op === 'ConvTranspose') return 1;
  return op === 'MatMul' ? -1 : 0;
}

/** Factors by output channel of a normalization that one model has behind the layer and the other in it (Conv only): γ / √(σ² + ε). */
async function foldedFactors({ a, b, ofA, ofB }: Matching, one: Unit, other: Unit): Promise<Factors> {
  if (one.op !== 'Conv') return {};
  const [goneA] = absorbedBehind(a, ofA, one, b);
  const [goneB] = absorbedBehind(b, ofB, other, a);
  return { a: await normalizationFactors(goneA), b: await normalizationFactors(goneB) };
}

async function normalizationFactors(unit: Unit | undefined): Promise<Float64Array | undefined> {
  if (unit?.op !== 'BatchNormalization') return undefined;
  const [scale, variance] = [unit.operands[1]?.constant?.tensor, unit.operands[4]?.constant?.tensor];
  if (!scale || !variance) return undefined;
  const [gamma, spread] = [(await loadTensor(scale)).toFloat64(), (await loadTensor(variance)).toFloat64()];
  const epsilon = unit.node.float('epsilon', 1e-5);
  return gamma.map((value, i) => value / Math.sqrt(spread[i]! + epsilon));
}

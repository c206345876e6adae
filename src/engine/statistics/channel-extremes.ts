import type { Context } from '../base/context.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { ChannelTaps, type ChannelTap } from './channel-taps.ts';
import { pictureFeeder } from './feed.ts';

/** Ask for the extremes of each channel of a float32 value, over all pictures. */
export type ExtremesRequest = Omit<ChannelTap, 'reduce'>;

/** JSON-safe; channels that held no finite element are null. */
export interface SavedChannelExtremes {
  readonly pictures: number;
  readonly ranges: readonly (readonly [number, number] | null)[];
}

/** Least and greatest element of each channel over the pictures. 16 bytes a channel; parts merge to the same numbers in any order. */
export class ChannelExtremes {
  pictures = 0;
  readonly low: Float64Array;
  readonly high: Float64Array;

  constructor(readonly channels: number) {
    this.low = new Float64Array(channels).fill(Infinity);
    this.high = new Float64Array(channels).fill(-Infinity);
  }

  add(low: ArrayLike<number>, high: ArrayLike<number>): void {
    this.pictures++;
    for (let channel = 0; channel < this.channels; channel++) this.#widen(channel, low[channel]!, high[channel]!);
  }

  merge(other: ChannelExtremes): void {
    if (other.channels !== this.channels) {
      throw new LatheError('statistics.parts', `extremes of ${other.channels} channels cannot be added to those of ${this.channels}`);
    }
    this.pictures += other.pictures;
    for (let channel = 0; channel < this.channels; channel++) this.#widen(channel, other.low[channel]!, other.high[channel]!);
  }

  save(): SavedChannelExtremes {
    const ranges = Array.from(this.low, (low, channel) => (low <= this.high[channel]! ? ([low, this.high[channel]!] as const) : null));
    return { pictures: this.pictures, ranges };
  }

  static restore({ pictures, ranges }: SavedChannelExtremes): ChannelExtremes {
    const extremes = new ChannelExtremes(ranges.length);
    extremes.pictures = pictures;
    ranges.forEach((range, channel) => range && extremes.#widen(channel, ...range));
    return extremes;
  }

  /** NaN widens to everything: such a channel is never taken for constant or bounded. */
  #widen(channel: number, low: number, high: number): void {
    const unknown = Number.isNaN(low) || Number.isNaN(high);
    this.low[channel] = unknown ? -Infinity : Math.min(this.low[channel]!, low);
    this.high[channel] = unknown ? Infinity : Math.max(this.high[channel]!, high);
  }
}

export interface ChannelExtremesRequest {
  readonly model: Model;
  readonly requests: readonly ExtremesRequest[];
  readonly dataset: Dataset;
  readonly runtime: Runtime;
  readonly context: Context;
  /** Asked after each picture; true ends the pass early, because nothing more can be learnt. */
  readonly enough?: (found: ReadonlyMap<string, ChannelExtremes>) => boolean;
}

/**
 * Runs the pictures one at a time through the part of the model that makes the requested values, and reduces them inside the graph:
 * two floats a channel and picture leave it. Memory does not depend on the number of pictures. Throws LatheError `data.*`,
 * `runtime.*`, `graph.unknown-value`, and Cancelled.
 */
export async function collectChannelExtremes(request: ChannelExtremesRequest): Promise<Map<string, ChannelExtremes>> {
  const { model, requests, dataset, runtime, context, enough } = request;
  const found = new Map(requests.map(({ value, channels }) => [value, new ChannelExtremes(channels)]));
  if (found.size === 0) return found;
  const total = dataset.samples.length;
  const toFeeds = pictureFeeder(model);
  const taps = requests.flatMap((wanted): ChannelTap[] => [
    { ...wanted, reduce: 'ReduceMin' },
    { ...wanted, reduce: 'ReduceMax' },
  ]);
  const probe = await ChannelTaps.load(model, taps, runtime, context);
  try {
    let done = 0;
    for await (const sample of dataset.stream({ signal: context.signal })) {
      throwIfCancelled(context.signal);
      const numbers = await probe.run(toFeeds(sample));
      [...found.values()].forEach((extremes, i) => extremes.add(numbers[2 * i]!, numbers[2 * i + 1]!));
      context.progress.report({ phase: 'channels', done: ++done, total, unit: 'pictures' });
      if (enough?.(found)) break;
    }
    context.progress.report({ phase: 'channels', done: total, total, unit: 'pictures' });
  } finally {
    await probe.dispose();
  }
  return found;
}

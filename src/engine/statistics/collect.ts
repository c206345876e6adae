import type { Checkpoints } from '../base/checkpoint.ts';
import type { Context } from '../base/context.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { Dataset, LoadedSample } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ChannelMeans, MeanRequest } from './channel-means.ts';
import { Collection, type SavedCollection } from './collection.ts';
import { pictureFeeder } from './feed.ts';
import type { Histogram } from './histogram.ts';
import type { MinMax } from './min-max.ts';
import { Observer, type Feeds } from './observer.ts';
import type { Pictures } from './picture-extremes.ts';
import type { Statistic, StatisticKind } from './statistic.ts';

export interface CollectRequest {
  /** The float model as it will be quantized; stays as it is. */
  readonly model: Model;
  /** Names of values in the main graph: inputs, or outputs of nodes; numeric. */
  readonly values: readonly string[];
  readonly kind: StatisticKind;
  /** Means of channels to gather in the same runs. */
  readonly means?: readonly MeanRequest[];
  readonly dataset: Dataset;
  readonly runtime: Runtime;
  readonly context: Context;
  /** Only the samples from `from` up to but without `to`. */
  readonly range?: { readonly from: number; readonly to: number };
  /** Where the state is kept every few seconds; `key` names model, values, kind, data and range. */
  readonly checkpoint?: { readonly store: Checkpoints; readonly key: string };
}

/** Least time between two checkpoints, in milliseconds. */
const checkpointEvery = 10_000;

/**
 * Runs every picture through the model, one at a time, and keeps what `kind` asks for. Memory does not depend on the number of
 * pictures (`pictures`: 12 bytes a value and picture), and the result neither on threads nor on how the work was interrupted.
 * Throws LatheError `statistics.value`, `data.*`, `runtime.*`, and Cancelled.
 */
export async function collectStatistics(request: CollectRequest): Promise<Map<string, Statistic>> {
  return (await collect(request)).statistics;
}

/** The same, with the stretch of the dataset it covers: what a shard saves and `mergeCollections` adds. */
export async function collect(request: CollectRequest): Promise<Collection> {
  const { model, values, kind, means = [], dataset, runtime, context } = request;
  const { from, to } = request.range ?? { from: 0, to: dataset.samples.length };
  const collection = (await restored(request)) ?? Collection.empty(kind, values, means, from);
  const total = to - from;
  const report = (): void => context.progress.report({ phase: 'calibrate', done: collection.next - from, total, unit: 'pictures' });
  report();
  if (values.length === 0 || collection.next >= to) return collection;
  const toFeeds = pictureFeeder(model);
  const observer = new Observer(model, values, means, runtime, context);
  try {
    let savedAt = context.clock.monotonic();
    for await (const sample of dataset.stream({ signal: context.signal, from: collection.next, to })) {
      throwIfCancelled(context.signal);
      await observe(observer, toFeeds(sample), sample, collection);
      collection.next = sample.index + 1;
      report();
      if (request.checkpoint && context.clock.monotonic() - savedAt >= checkpointEvery) {
        await request.checkpoint.store.save(request.checkpoint.key, encodeCollection(collection.save()));
        savedAt = context.clock.monotonic();
      }
    }
  } finally {
    await observer.dispose();
  }
  // Pictures skipped at the end belong to this stretch too.
  collection.next = to;
  if (request.checkpoint?.store.keepsFinished)
    await request.checkpoint.store.save(request.checkpoint.key, encodeCollection(collection.save()));
  report();
  warnOfNotFinite(collection, context);
  return collection;
}

/** A collection as the state of a checkpoint. */
export const encodeCollection = (saved: SavedCollection): Uint8Array => new TextEncoder().encode(JSON.stringify(saved));

async function restored({ checkpoint, kind, values, means = [] }: CollectRequest): Promise<Collection | undefined> {
  const state = await checkpoint?.store.load(checkpoint.key);
  if (!state) return undefined;
  const saved = JSON.parse(new TextDecoder().decode(state)) as SavedCollection;
  return Collection.restore(saved).narrowed(
    kind,
    values,
    means.map(({ value }) => value),
  );
}

async function observe(observer: Observer, feeds: Feeds, sample: LoadedSample, { kind, statistics, means }: Collection): Promise<void> {
  const names = [...statistics.keys()];
  if (kind === 'histogram') {
    addMeans(means, await observer.elements(feeds, names, (name, data) => (statistics.get(name) as Histogram).add(data)));
    return;
  }
  const extremes = await observer.extremes(feeds);
  const unclear = names.filter((_, i) => !extremes.ranges[i]);
  const add = (name: string, range: { low: number; high: number }): void =>
    (statistics.get(name) as MinMax | Pictures).add({ index: sample.index, ...range });
  names.forEach((name, i) => {
    if (extremes.ranges[i]) add(name, extremes.ranges[i]);
  });
  if (extremes.means) addMeans(means, extremes.means);
  if (unclear.length === 0) return;
  const again = await observer.elements(feeds, unclear, (name, data) => {
    const { low, high, notFinite } = finiteExtremes(data);
    add(name, { low, high });
    if (notFinite) (statistics.get(name) as MinMax | Pictures).notFinite++;
  });
  if (!extremes.means) addMeans(means, again);
}

/** The vector holds the channels of all requests, one after another. */
function addMeans(means: ReadonlyMap<string, ChannelMeans>, vector: Float32Array): void {
  let at = 0;
  for (const part of means.values()) part.add(vector.subarray(at, (at += part.channels)));
}

function finiteExtremes(data: Float32Array): { low: number; high: number; notFinite: boolean } {
  let low = Infinity;
  let high = -Infinity;
  let notFinite = false;
  for (const value of data) {
    if (!Number.isFinite(value)) notFinite = true;
    else {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return { low, high, notFinite };
}

function warnOfNotFinite({ statistics, next, from }: Collection, { logger }: Context): void {
  const hit = [...statistics].filter(([, statistic]) => statistic.notFinite > 0);
  if (hit.length === 0) return;
  const [name, statistic] = hit[0]!;
  logger.warn(
    `${hit.length} values of the float model were NaN or infinite, first ${JSON.stringify(name)} on ${statistic.notFinite} of ${next - from} pictures; such elements are left out`,
  );
}

import type { Context } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import { DecodePool, findDecodeWorker } from '../decode-pool.ts';
import type { Entry } from '../list/entry.ts';
import type { StreamedSet } from '../stream.ts';
import type { Dataset } from '../types.ts';
import { SampleOpener } from './open-sample.ts';
import { RowMaker, type Rows, type RowsRequest } from './rows.ts';
import { fixedSample } from './sample.ts';
import type { RowsPlan } from './thread-rows.ts';

/** Who makes rows of batches: threads, or this one. Each member has its own part of the samples, so that each keeps its own. */
export interface Team {
  readonly size: number;
  /** Batches that are made while another one is used; 0 where there is nobody to make them. */
  readonly ahead: number;
  /** Sample `i` belongs to member `i % size`. Throws `data.*`, and Cancelled. */
  make(member: number, request: RowsRequest, signal: AbortSignal): Promise<Rows>;
  close(): Promise<void>;
}

/** Bytes of decoded samples that are kept, by all members together; what is beyond them is decoded again. */
const memory = 256 << 20;

/**
 * Below this file size (a picture of 32 or 64 pixels) decoding is cheap and done once: threads, which take 50 MiB each, would save 2 ms a
 * batch.
 */
const worthThreads = { bytes: 16 << 10, pictures: 64 };

export function openTeam(dataset: Dataset, seed: number, context: Context): Team {
  const { set } = dataset;
  if (!set) return alone(new RowMaker((_, index) => streamedSample(dataset, index, context), seed, memory));
  const worth = set.array === undefined && set.entries.length >= worthThreads.pictures && isDear(set);
  const code = worth && context.threads > 1 ? findDecodeWorker() : undefined;
  if (code) return threads(code, { open: openPlan(set, dataset), seed, memory }, Math.min(context.threads, 8));
  const opener = new SampleOpener(openPlan(set, dataset));
  return alone(new RowMaker((entry) => opener.open(entry), seed, memory), () => opener.close());
}

const alone = (maker: RowMaker, close: () => Promise<void> = () => Promise.resolve()): Team => ({
  size: 1,
  ahead: 0,
  make: (_, request, signal) => maker.make(request, signal),
  close,
});

const openPlan = ({ plan, array }: StreamedSet, { augment = [] }: Dataset) => ({
  load: plan,
  augment,
  ...(array === undefined ? {} : { array }),
});

/** Decoding takes long, or is done again and again because not all pictures can be kept. */
function isDear({ averageBytes, entries, plan }: StreamedSet): boolean {
  const samples = plan.modelInput.shape.slice(1).reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  return averageBytes >= worthThreads.bytes || samples * entries.length > memory;
}

/** Started when they are needed first, and again after `close`. */
function threads(code: URL, plan: RowsPlan, size: number): Team {
  let pool: DecodePool<RowsRequest, Rows> | undefined;
  return {
    size,
    ahead: 2,
    make(member, request) {
      pool ??= new DecodePool(code, { kind: 'rows', plan: { ...plan, memory: plan.memory / size } }, size);
      return pool.ask(request, member);
    },
    async close() {
      await pool?.close();
      pool = undefined;
    },
  };
}

/** Of a dataset that only streams: read by itself. */
async function streamedSample(dataset: Dataset, index: number, { signal }: Context) {
  for await (const { input, target } of dataset.stream({ signal, from: index, to: index + 1 })) return fixedSample(input, target);
  throw new LatheError('data.picture', 'the sample cannot be read', { file: dataset.samples[index]!.id });
}

/** The entries that rows are asked for by. */
export const entriesOf = ({ set, samples }: Dataset): readonly Entry[] =>
  set?.entries ?? samples.map(({ id, index }) => ({ id, content: { kind: 'row', index } }));

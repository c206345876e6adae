import { setImmediate as pause } from 'node:timers/promises';
import type { Context } from '../base/context.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import { DecodePool, findDecodeWorker } from './decode-pool.ts';
import type { Entry } from './list/entry.ts';
import { loadFile, stored, type LoadPlan, type LoadedContent } from './load.ts';
import { openArray, type ArrayFile } from './npy/array.ts';
import type { LoadedSample } from './types.ts';

/** What is streamed: the chosen entries and how to load them. */
export interface StreamedSet {
  readonly entries: readonly Entry[];
  readonly plan: LoadPlan;
  /** The .npy or .npz that `row` entries are in. */
  readonly array?: string;
  readonly averageBytes: number;
  readonly context: Context;
}

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly from?: number;
  readonly to?: number;
}

/** More broken pictures than this share of the dataset are an error. */
export const mostCorrupt = 0.01;

/**
 * From this file size on decoding a picture (about 1.5 ms for 16 KiB of JPEG) costs more than sending it to a thread and back (about
 * 0.1 ms); a thread costs about 50 ms once.
 */
const worthThreads = { bytes: 16 << 10, pictures: 32 };

/** Loads entries in order, at most a few ahead of the reader. Broken pictures are skipped with a warning, up to one in a hundred. */
export async function* streamSamples(set: StreamedSet, options: StreamOptions): AsyncGenerator<LoadedSample> {
  const { entries, context } = set;
  const { from = 0, to = entries.length, signal } = options;
  let corrupt = 0;
  for await (const { index, loaded } of inOrder(set, from, to, signal)) {
    if (!(loaded instanceof LatheError)) {
      const { id, label, boxes, split } = entries[index]!;
      yield { index, id, label, boxes, ...(split === undefined ? {} : { split }), ...loaded };
      continue;
    }
    corrupt++;
    if (corrupt > entries.length * mostCorrupt) throw tooCorrupt(corrupt, entries.length, loaded);
    context.logger.warn(`picture skipped: ${loaded.message}`, { file: loaded.place.file });
  }
}

export function tooCorrupt(corrupt: number, total: number, last: LatheError): LatheError {
  const message = `${corrupt} of ${total} pictures cannot be read, more than 1 in 100; the last: ${last.message}`;
  return new LatheError('data.corrupt', message, {
    file: last.place.file,
    hint: 'Remove or replace the broken files; the log names them.',
  });
}

/** Content, or what is wrong with that one picture. */
type Outcome = { readonly index: number; readonly loaded: LoadedContent | LatheError };

async function* inOrder(set: StreamedSet, from: number, to: number, signal: AbortSignal): AsyncGenerator<Outcome> {
  const array = set.array === undefined ? undefined : await openArray(set.array, set.plan.modelInput.name);
  const pool = array ? undefined : startPool(set, to - from);
  try {
    if (pool) yield* pooled(set, pool, from, to, signal);
    else yield* oneByOne(set, array, from, to, signal);
  } finally {
    await pool?.close();
    await array?.close();
  }
}

type SamplePool = DecodePool<Entry, LoadedContent>;

function startPool({ plan, averageBytes, context }: StreamedSet, pictures: number): SamplePool | undefined {
  if (context.threads < 2 || averageBytes < worthThreads.bytes || pictures < worthThreads.pictures) return undefined;
  const code = findDecodeWorker();
  return code && new DecodePool(code, { kind: 'samples', plan }, Math.min(context.threads, 8));
}

async function* oneByOne(
  set: StreamedSet,
  array: ArrayFile | undefined,
  from: number,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<Outcome> {
  for (let index = from; index < to; index++) {
    throwIfCancelled(signal);
    yield { index, loaded: await outcome(loadEntry(set, array, set.entries[index]!)) };
    // Loading is mostly synchronous: let a cancellation in.
    if (index % 32 === 31) await pause();
  }
}

async function loadEntry({ plan, array: file }: StreamedSet, array: ArrayFile | undefined, entry: Entry): Promise<LoadedContent> {
  if (entry.content.kind !== 'row' || !array) return loadFile(entry, plan);
  return stored(await array.row(entry.content.index), plan.modelInput, file!);
}

async function* pooled(set: StreamedSet, pool: SamplePool, from: number, to: number, signal: AbortSignal): AsyncGenerator<Outcome> {
  const ahead: Promise<LoadedContent | LatheError>[] = [];
  let next = from;
  for (let index = from; index < to; index++) {
    throwIfCancelled(signal);
    while (next < to && ahead.length < 2 * pool.size) {
      const promise = outcome(pool.ask(set.entries[next++]!));
      // What fails is reported in its turn; until then it must not count as unhandled.
      promise.catch(() => {});
      ahead.push(promise);
    }
    yield { index, loaded: await ahead.shift()! };
  }
}

async function outcome(loading: Promise<LoadedContent>): Promise<LoadedContent | LatheError> {
  try {
    return await loading;
  } catch (thrown) {
    if (thrown instanceof LatheError && thrown.code === 'data.picture') return thrown;
    throw thrown;
  }
}

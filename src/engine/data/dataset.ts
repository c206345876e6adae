import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import type { Context } from '../base/context.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import { seededRandom, shuffle } from '../base/random.ts';
import { degradationsOf } from './augment/index.ts';
import { choose } from './choose.ts';
import { collect } from './list/collect.ts';
import type { Entry } from './list/entry.ts';
import type { LoadPlan } from './load.ts';
import type { TrainingSource } from './source.ts';
import { streamSamples, type StreamedSet } from './stream.ts';
import type { Dataset, InputSettings, ModelInput } from './types.ts';

export interface DatasetRequest {
  readonly source: TrainingSource;
  /** Relative paths begin here; label files are looked for here first, then in the data's folder. Absolute. */
  readonly folder: string;
  /** Absent where only arrays are read. */
  readonly input: InputSettings | undefined;
  readonly modelInput: ModelInput;
  readonly seed: number;
  /** A seeded fraction of the source, or what is left of it: a validation set cut off from another one. */
  readonly part?: { readonly fraction: number; readonly side: 'part' | 'rest' };
  /** The source's count is only a bound: fewer samples need no words. */
  readonly atMost?: boolean;
}

/**
 * Finds the samples of a source and fixes their order and choice; no picture is read yet. Equal requests on equal files give equal
 * datasets. Throws LatheErrors `data.…` that name file and line; logs where fewer samples are found than asked for.
 */
export async function openDataset(request: DatasetRequest, context: Context): Promise<Dataset> {
  const { source, folder, seed, modelInput } = request;
  const collected = await collect(source, folder, modelInput.name, context.logger);
  const rest = request.part ? takePart(collected.entries, request.part, seed) : collected.entries;
  const { count = rest.length } = source;
  // A part cut off for validation need not be as large as what it is cut from.
  if (count > rest.length && request.part?.side !== 'part' && !request.atMost) {
    context.logger.warn(`${count} pictures are asked for, there are ${rest.length}: all of them are used`, { path: source.path });
  }
  const entries = choose(rest, count, seed);
  const sizes = await fileSizes(entries, context.signal);
  const plan: LoadPlan = {
    modelInput,
    settings: request.input,
    degrade: source.degrade,
    seed,
    ...(collected.landmarkNames ? { landmarkNames: collected.landmarkNames } : {}),
  };
  const set: StreamedSet = { entries, plan, array: collected.array, averageBytes: average(sizes), context };
  return {
    path: collected.root,
    samples: entries.map(({ id, label, boxes, split }, index) => ({ index, id, label, boxes, ...(split === undefined ? {} : { split }) })),
    input: request.input,
    hasTargets: source.pairs !== undefined || source.degrade !== undefined || degradationsOf(source.augment).length > 0,
    classes: collected.classes,
    ...(source.augment ? { augment: source.augment } : {}),
    ...(source.batch === undefined ? {} : { batch: source.batch }),
    set,
    fingerprint: fingerprint(entries, sizes, plan, source),
    stream: (options) => streamSamples(set, options),
  };
}

/** At least one sample each side, where there are two. */
function takePart(entries: readonly Entry[], part: { fraction: number; side: 'part' | 'rest' }, seed: number): Entry[] {
  const order = shuffle(
    entries.map((_, i) => i),
    seededRandom(seed, 'part'),
  );
  const cut = Math.min(Math.max(1, Math.round(entries.length * part.fraction)), Math.max(1, entries.length - 1));
  const kept = new Set(part.side === 'part' ? order.slice(0, cut) : order.slice(cut));
  return entries.filter((_, i) => kept.has(i));
}

/** Bytes of each sample's files; a row of an array counts as 0, its array is one file whatever is read of it. */
async function fileSizes(entries: readonly Entry[], signal: AbortSignal): Promise<number[]> {
  const sizes: number[] = [];
  for (const { content } of entries) {
    if (content.kind === 'row') sizes.push(0);
    else sizes.push(sizeOf(content.file) + (content.kind === 'picture' && content.target !== undefined ? sizeOf(content.target) : 0));
    if (sizes.length % 1000 !== 0) continue;
    await pause();
    throwIfCancelled(signal);
  }
  return sizes;
}

function sizeOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat) return stat.size;
  throw new LatheError('data.missing-file', 'the file has disappeared, or is a link to nothing', { file });
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function fingerprint(entries: readonly Entry[], sizes: readonly number[], plan: LoadPlan, { augment, batch }: TrainingSource): string {
  const hash = createHash('sha256').update(canonicalJson(plan));
  if (augment || batch !== undefined) hash.update(canonicalJson({ augment, batch }));
  entries.forEach(({ id, label, boxes }, i) => hash.update(canonicalJson([id, label ?? null, boxes ?? null, sizes[i]])));
  return hash.digest('hex');
}

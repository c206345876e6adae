import type { Context } from '../../base/context.ts';
import { Cancelled, LatheError, throwIfCancelled } from '../../base/errors.ts';
import { seededRandom, shuffle } from '../../base/random.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { planAugmentation } from '../augment/index.ts';
import type { Batch, BatchSource } from '../batches.ts';
import { mostCorrupt, tooCorrupt } from '../stream.ts';
import type { Box, Dataset } from '../types.ts';
import { countClasses, oneHot } from './labels.ts';
import { mixBatch } from './mix.ts';
import { otherSize, sameRow, zeros, type Rows } from './rows.ts';
import { entriesOf, openTeam } from './team.ts';

export interface BatchRequest {
  readonly size: number;
  readonly seed: number;
  /** Width of the labels' rows; absent without labels. */
  readonly classes?: number;
}

/**
 * Batches of a dataset in a new order each epoch, augmented as it says; made ahead by threads where there are some. What a batch holds
 * follows from seed, epoch and step alone. To be closed. Throws `data.labels` for a label that is no class, `data.augment`.
 */
export function openBatches(dataset: Dataset, { size, seed, classes }: BatchRequest, context: Context): BatchSource {
  const { samples, augment = [] } = dataset;
  const classCounts = classes === undefined ? undefined : countClasses(dataset, classes);
  const { frames, pixels, degradations, batches } = planAugmentation(augment);
  const rows = Math.min(size, samples.length);
  const team = openTeam(dataset, seed, context);
  const maker = new Maker(dataset, classes, team, context);
  const stepsPerEpoch = rows === 0 ? 0 : Math.floor(samples.length / rows);
  return {
    size: rows,
    stepsPerEpoch,
    isFixed: frames.length + pixels.length + degradations.length + batches.length === 0,
    ...(classes === undefined ? {} : { classes, classCounts: classCounts! }),
    async *epoch(epoch, { signal, fromStep = 0 }) {
      const order = shuffle(
        samples.map((_, i) => i),
        seededRandom(seed, `epoch ${epoch}`),
      );
      const make = async (step: number): Promise<Batch> => {
        const batch = await maker.batch(epoch, order.slice(step * rows, (step + 1) * rows), signal);
        return mixBatch(batch, batches, seed, `mix ${epoch} ${step}`);
      };
      const ahead: Promise<Batch>[] = [];
      for (let step = fromStep, next = fromStep; step < stepsPerEpoch; step++) {
        throwIfCancelled(signal);
        for (; next < stepsPerEpoch && ahead.length <= team.ahead; next++) {
          const batch = make(next);
          // What fails is reported in its turn; until then it must not count as unhandled.
          batch.catch(() => {});
          ahead.push(batch);
        }
        yield await unlessCancelled(ahead.shift()!, signal);
      }
    },
    close: () => team.close(),
  };
}

/** Puts batches together from what the members of a team make. */
class Maker {
  readonly #broken = new Set<number>();
  readonly #entries: ReturnType<typeof entriesOf>;

  constructor(
    private readonly dataset: Dataset,
    private readonly classes: number | undefined,
    private readonly team: ReturnType<typeof openTeam>,
    private readonly context: Context,
  ) {
    this.#entries = entriesOf(dataset);
  }

  /** Instead of a broken picture its next neighbour in the dataset is taken: the same one whoever meets it, and when. */
  async batch(epoch: number, wanted: readonly number[], signal: AbortSignal): Promise<Batch> {
    const indices = wanted.map((index) => this.#readable(index));
    const assembly = new Assembly(indices.length, (row) => this.#entries[indices[row]!]!.id);
    let missing = indices.map((_, row) => row);
    while (missing.length) {
      throwIfCancelled(signal);
      const parts = Array.from({ length: this.team.size }, (_, member) =>
        missing.filter((row) => indices[row]! % this.team.size === member),
      );
      const made = await Promise.all(
        parts.map((rows, member) => {
          const asked = rows.map((row) => indices[row]!);
          const entries = asked.map((index) => this.#entries[index]!);
          return asked.length ? this.team.make(member, { epoch, indices: asked, entries }, signal) : { broken: [] };
        }),
      );
      missing = made.flatMap((rows, member) => {
        for (const { row, message, file } of rows.broken) this.#setAside(indices[parts[member]![row]!]!, message, file);
        return assembly.take(rows, parts[member]!);
      });
      for (const row of missing) indices[row] = this.#readable(indices[row]!);
    }
    const labels =
      this.classes === undefined
        ? undefined
        : oneHot(
            indices.map((index) => this.dataset.samples[index]!.label!),
            this.classes,
          );
    return { samples: indices, ...assembly.tensors, ...(labels ? { labels } : {}) };
  }

  #readable(index: number): number {
    let at = index;
    while (this.#broken.has(at)) at = (at + 1) % this.#entries.length;
    return at;
  }

  #setAside(index: number, message: string, file: string | undefined): void {
    if (this.#broken.has(index)) return;
    this.#broken.add(index);
    const error = new LatheError('data.picture', message, file === undefined ? {} : { file });
    if (this.#broken.size > this.#entries.length * mostCorrupt) throw tooCorrupt(this.#broken.size, this.#entries.length, error);
    this.context.logger.warn(`picture skipped: ${message}`, { file });
  }
}

/** Rows of a batch, from several makers. */
class Assembly {
  #input: RuntimeTensor | undefined;
  #target: RuntimeTensor | undefined;
  #clean: RuntimeTensor | undefined;
  #boxes: (readonly Box[])[] | undefined;

  constructor(
    private readonly size: number,
    private readonly idOf: (row: number) => string,
  ) {}

  /** Puts made rows at `places` of the batch; returns the places of broken ones. */
  take({ input, target, clean, boxes, broken }: Rows, places: readonly number[]): number[] {
    if (input) this.#input = this.#put(this.#input, input, places);
    if (target) this.#target = this.#put(this.#target, target, places);
    if (clean) this.#clean = this.#put(this.#clean, clean, places);
    boxes?.forEach((of, row) => ((this.#boxes ??= [])[places[row]!] = of));
    return broken.map(({ row }) => places[row]!);
  }

  /** What was made worse has to become what it was, where the pictures say nothing else. */
  get tensors(): Pick<Batch, 'input' | 'target' | 'clean' | 'boxes'> {
    const target = this.#target ?? this.#clean;
    return {
      input: this.#input!,
      ...(target ? { target } : {}),
      ...(this.#clean ? { clean: this.#clean } : {}),
      ...(this.#boxes ? { boxes: this.#boxes } : {}),
    };
  }

  #put(batch: RuntimeTensor | undefined, rows: RuntimeTensor, places: readonly number[]): RuntimeTensor {
    const row = rows.dims.slice(1);
    // One maker made all of it: nothing to be copied.
    if (!batch && places.length === this.size) return rows;
    const whole = batch ?? zeros(rows.type, [this.size, ...row]);
    if (!sameRow(whole.dims, row)) throw otherSize(row, whole.dims.slice(1), this.idOf(places[0]!));
    const length = row.reduce((product, dim) => product * dim, 1);
    const [to, from] = [whole.data as Float32Array, rows.data as Float32Array];
    places.forEach((place, i) => to.set(from.subarray(i * length, (i + 1) * length), place * length));
    return whole;
  }
}

/** Threads go on with what they were asked for; nobody waits for them any more. */
async function unlessCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let cancel: (() => void) | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => reject(new Cancelled());
    signal.addEventListener('abort', cancel, { once: true });
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    if (cancel) signal.removeEventListener('abort', cancel);
  }
}

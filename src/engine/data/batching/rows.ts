import { setImmediate as pause } from 'node:timers/promises';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { dataTypeBits, type DataType } from '../../onnx/data-type.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { Box } from '../types.ts';
import type { Entry } from '../list/entry.ts';
import type { Look, Part, Sample } from './sample.ts';

/** Asks for samples of one batch. Plain data. */
export interface RowsRequest {
  readonly epoch: number;
  /** Positions in the dataset. */
  readonly indices: readonly number[];
  readonly entries: readonly Entry[];
}

/** What was asked for, one row a sample; those of broken pictures hold zeros. */
export interface Rows {
  /** Absent where all are broken. */
  readonly input?: RuntimeTensor;
  readonly target?: RuntimeTensor;
  readonly clean?: RuntimeTensor;
  /** By row, where the samples have boxes. */
  readonly boxes?: readonly (readonly Box[])[];
  readonly broken: readonly { readonly row: number; readonly message: string; readonly file?: string }[];
}

/** Makes rows of batches and keeps decoded samples for the next epoch, as many as the memory holds. */
export class RowMaker {
  readonly #kept = new Map<number, Sample>();
  #room: number;

  constructor(
    private readonly open: (entry: Entry, index: number) => Promise<Sample>,
    private readonly seed: number,
    /** Bytes of decoded samples that are kept. */
    memory: number,
  ) {
    this.#room = memory;
  }

  async make({ epoch, indices, entries }: RowsRequest, signal?: AbortSignal): Promise<Rows> {
    const broken: { row: number; message: string; file?: string }[] = [];
    const packs = new Packs(indices.length);
    let opened = 0;
    for (const [row, index] of indices.entries()) {
      if (signal) throwIfCancelled(signal);
      let sample = this.#kept.get(index);
      if (!sample) {
        const loaded = await this.#load(entries[row]!, index);
        // Decoding is mostly synchronous: let a cancellation in.
        if (++opened % 32 === 0) await pause();
        if (loaded instanceof LatheError) {
          broken.push({ row, message: loaded.message, ...(loaded.place.file === undefined ? {} : { file: loaded.place.file }) });
          continue;
        }
        sample = loaded;
      }
      await packs.add(row, sample.look(seededRandom(this.seed, `augment ${epoch} ${index}`)), entries[row]!);
    }
    return { ...packs.rows, broken };
  }

  /** Random access, so nothing is known to be needed later than another: what is there first stays. */
  async #load(entry: Entry, index: number): Promise<Sample | LatheError> {
    try {
      const sample = await this.open(entry, index);
      if (sample.bytes <= this.#room) {
        this.#room -= sample.bytes;
        this.#kept.set(index, sample);
      }
      return sample;
    } catch (thrown) {
      if (thrown instanceof LatheError && thrown.code === 'data.picture') return thrown;
      throw thrown;
    }
  }
}

/** Rows as they come, written side by side. */
class Packs {
  #input: RuntimeTensor | undefined;
  #target: RuntimeTensor | undefined;
  #clean: RuntimeTensor | undefined;
  readonly #boxes: (readonly Box[])[] = [];

  constructor(private readonly count: number) {}

  async add(row: number, { input, target, clean, boxes }: Look, entry: Entry): Promise<void> {
    this.#input = await this.#put(this.#input, row, input, entry);
    if (target) this.#target = await this.#put(this.#target, row, target, entry);
    if (clean) this.#clean = await this.#put(this.#clean, row, clean, entry);
    if (boxes) this.#boxes[row] = boxes;
  }

  get rows(): Omit<Rows, 'broken'> {
    return {
      ...(this.#input ? { input: this.#input } : {}),
      ...(this.#target ? { target: this.#target } : {}),
      ...(this.#clean ? { clean: this.#clean } : {}),
      ...(this.#boxes.length ? { boxes: Array.from({ length: this.count }, (_, row) => this.#boxes[row] ?? []) } : {}),
    };
  }

  async #put(pack: RuntimeTensor | undefined, row: number, part: Part, entry: Entry): Promise<RuntimeTensor> {
    const { type, dims, data } = (pack ??= zeros(part.type, [this.count, ...part.dims]));
    if (!sameRow(dims, part.dims)) throw otherSize(part.dims, dims.slice(1), entry.id);
    await part.write(data as Float32Array, row * part.dims.reduce((product, dim) => product * dim, 1));
    return { type, dims, data };
  }
}

export const sameRow = (batch: readonly number[], row: readonly number[]): boolean =>
  batch.length === row.length + 1 && row.every((dim, i) => dim === batch[i + 1]);

export function zeros(type: DataType, dims: readonly number[]): RuntimeTensor {
  const bits = dims.reduce((product, dim) => product * dim, dataTypeBits(type) ?? 32);
  return { type, dims, data: new Tensor(type, dims, { kind: 'bytes', bytes: new Uint8Array(Math.ceil(bits / 8)) }).typed() };
}

export const otherSize = (got: readonly number[], others: readonly number[], id: string): LatheError =>
  new LatheError('data.size', `a picture becomes [${got.join(', ')}], another one of its batch [${others.join(', ')}]`, {
    file: id,
    hint: 'Give all pictures one size: resize: { size: … } of the input, or crop: { size: … } under augment.',
  });

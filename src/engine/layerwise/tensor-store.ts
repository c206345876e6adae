import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Tensor, type NumericArray } from '../onnx/tensor.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';

export type Tensors = Readonly<Record<string, RuntimeTensor>>;

/** Bytes that several stores may hold in memory together. */
export interface MemoryBudget {
  left: number;
}

interface Entry {
  readonly name: string;
  readonly type: RuntimeTensor['type'];
  readonly dims: readonly number[];
  readonly offset: number;
  readonly length: number;
}

type Place = { readonly tensors: Tensors; readonly bytes: number } | { readonly entries: readonly Entry[] };

/**
 * Tensors of one picture after another. What does not fit the budget goes to a temporary file, which
 * `dispose` removes. Memory: the budget, and one picture.
 */
export class TensorStore {
  readonly #places: (Place | undefined)[] = [];
  readonly #budget: MemoryBudget;
  #file: { readonly folder: string; readonly handle: FileHandle; length: number } | undefined;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#places.length;
  }

  async add(tensors: Tensors): Promise<void> {
    const bytes = Object.values(tensors).reduce((sum, { data }) => sum + bytesOf(data).byteLength, 0);
    if (bytes <= this.#budget.left) {
      this.#budget.left -= bytes;
      this.#places.push({ tensors, bytes });
      return;
    }
    this.#file ??= await openTemporary();
    const entries: Entry[] = [];
    for (const [name, { type, dims, data }] of Object.entries(tensors)) {
      const content = bytesOf(data);
      await this.#file.handle.write(content, 0, content.byteLength, this.#file.length);
      entries.push({ name, type, dims, offset: this.#file.length, length: content.byteLength });
      this.#file.length += content.byteLength;
    }
    this.#places.push({ entries });
  }

  /** What was added as number `index`; it is in the store no longer. */
  async take(index: number): Promise<Tensors> {
    const tensors = await this.read(index);
    const place = this.#places[index]!;
    this.#places[index] = undefined;
    if ('tensors' in place) this.#budget.left += place.bytes;
    return tensors;
  }

  /** The same, and it stays. */
  async read(index: number): Promise<Tensors> {
    const place = this.#places[index]!;
    if ('tensors' in place) return place.tensors;
    const tensors: Record<string, RuntimeTensor> = {};
    for (const { name, type, dims, offset, length } of place.entries) {
      const bytes = new Uint8Array(length);
      await this.#file!.handle.read(bytes, 0, length, offset);
      tensors[name] = { type, dims, data: new Tensor(type, dims, { kind: 'bytes', bytes }).typed() };
    }
    return tensors;
  }

  /** Gives memory back and removes the file. */
  async dispose(): Promise<void> {
    for (const place of this.#places) if (place && 'tensors' in place) this.#budget.left += place.bytes;
    this.#places.length = 0;
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    await file.handle.close();
    await rm(file.folder, { recursive: true, force: true });
  }
}

async function openTemporary(): Promise<{ folder: string; handle: FileHandle; length: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-layers-'));
  return { folder, handle: await open(path.join(folder, 'activations'), 'w+'), length: 0 };
}

function bytesOf(data: RuntimeTensor['data']): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new Uint8Array(0);
  const { buffer, byteOffset, byteLength } = data as NumericArray;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

import { createHash, type Hash } from 'node:crypto';
import { throwIfCancelled } from '../../base/errors.ts';
import { FileRanges } from '../../onnx/file-ranges.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/** Weights are read in pieces of this size: a tensor of a gigabyte takes no more memory than a small one. */
export const sliceBytes = 4 << 20;

/** What tells two tensors apart without reading them. */
export const tensorForm = ({ type, dims }: Tensor): string => `${type} ${dims.join('x')}`;

/** Hashes of tensors, each read once. Close it when done. */
export class ContentHashes {
  readonly #known = new Map<Tensor, string>();
  readonly #ranges = new FileRanges();

  constructor(private readonly signal: AbortSignal) {}

  /** Equal for equal types, shapes and bytes. Throws `model.truncated`, `file.read`, `cancelled`. */
  async of(tensor: Tensor): Promise<string> {
    const known = this.#known.get(tensor);
    if (known !== undefined) return known;
    throwIfCancelled(this.signal);
    const hash = createHash('sha1').update(tensorForm(tensor));
    await this.#add(hash, tensor);
    const digest = hash.digest('base64');
    this.#known.set(tensor, digest);
    return digest;
  }

  /** What is known already: of a tensor that nobody asked for, undefined. */
  known = (tensor: Tensor): string | undefined => this.#known.get(tensor);

  close = (): Promise<void> => this.#ranges.close();

  async #add(hash: Hash, { source }: Tensor): Promise<void> {
    switch (source.kind) {
      case 'bytes':
        hash.update(source.bytes);
        return;
      case 'file':
        for (let at = 0; at < source.length; at += sliceBytes) {
          throwIfCancelled(this.signal);
          const length = Math.min(sliceBytes, source.length - at);
          hash.update(await this.#ranges.read({ path: source.path, offset: source.offset + at, length }));
        }
        return;
      case 'sparse':
        hash.update(await this.of(source.values), 'latin1').update(await this.of(source.indices), 'latin1');
        return;
      case 'strings':
        for (const text of source.strings) hash.update(`${text.length} `).update(text);
        return;
      case 'external':
        // Never looked for (a model that is not on a disk): the place is all that is known.
        hash.update(`${source.location} ${source.offset} ${source.length}`);
    }
  }
}

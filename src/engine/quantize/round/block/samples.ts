import { LatheError } from '../../../base/errors.ts';
import { DataType } from '../../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../../runtime/runtime.ts';
import type { Source } from '../ports.ts';
import type { Tensors } from '../../../layerwise/tensor-store.ts';

/** Several pictures' values one behind the other along the first axis, as float32: codes times their scale. */
export function batchOf(pictures: readonly Tensors[], { name, scale, zeroPoint }: Source): RuntimeTensor {
  const tensors = pictures.map((values) => values[name]!);
  const [first] = tensors as [RuntimeTensor];
  const size = first.data.length;
  const data = new Float32Array(size * tensors.length);
  tensors.forEach((tensor, at) => {
    const from = tensor.data as ArrayLike<number>;
    if (scale === 1 && zeroPoint === 0) data.set(from as Float32Array, at * size);
    else for (let i = 0; i < size; i++) data[at * size + i] = (from[i]! - zeroPoint) * scale;
  });
  return { type: DataType.float32, dims: [tensors.length * first.dims[0]!, ...first.dims.slice(1)], data };
}

/** Sum of squared distances, and how many elements. */
export function squaredDistance(ours: RuntimeTensor, { scale, zeroPoint }: Source, theirs: RuntimeTensor): number {
  const [a, b] = [ours.data as ArrayLike<number>, theirs.data as ArrayLike<number>];
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += ((a[i]! - zeroPoint) * scale - b[i]!) ** 2;
  return sum;
}

/** Sums from which mean and variance follow. */
export class Power {
  #sum = 0;
  #squares = 0;
  #count = 0;

  add({ data }: RuntimeTensor): void {
    for (const value of data as ArrayLike<number> & Iterable<number>) {
      this.#sum += value;
      this.#squares += value * value;
    }
    this.#count += data.length;
  }

  /** Never 0: a constant has a power of 1. */
  get variance(): number {
    const mean = this.#sum / Math.max(1, this.#count);
    const variance = this.#squares / Math.max(1, this.#count) - mean * mean;
    return variance > 1e-12 * mean * mean && variance > 0 ? variance : Math.max(mean * mean, Number.MIN_VALUE) || 1;
  }
}

/** Shape of one picture's values, their common first dimension being the pictures'. Throws `block.shapes` where they have none. */
export function commonBatch(shapes: readonly (readonly number[])[]): number {
  const [first] = shapes[0] ?? [];
  if (first !== undefined && shapes.every((shape) => shape.length > 0 && shape[0] === first)) return first;
  throw new LatheError('block.shapes', 'its values have no batch in common');
}

export const bytesOf = (values: Tensors): number =>
  Object.values(values).reduce((sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 0), 0);

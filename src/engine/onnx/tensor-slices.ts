import { throwIfCancelled } from '../base/errors.ts';
import { dataTypeBits } from './data-type.ts';
import type { FileRanges } from './file-ranges.ts';
import { Tensor } from './tensor.ts';

/** Elements of one slice; a multiple of 8, so that slices of 4-bit elements begin on a byte. */
const sliceElements = 2 ** 20;

/**
 * The elements of a numeric tensor in order, a slice at a time, as doubles (as `Tensor.toFloat64`), wherever its bytes lie; never more than one
 * slice in memory for a tensor that lies in a file. `start`: place of the slice's first element. Throws Cancelled between slices, and what
 * reading the file throws.
 */
export async function* tensorSlices(
  tensor: Tensor,
  { ranges, signal }: { readonly ranges: FileRanges; readonly signal: AbortSignal },
): AsyncGenerator<{ readonly start: number; readonly values: Float64Array }> {
  const { type, size, source } = tensor;
  const bits = dataTypeBits(type) ?? 8;
  for (let start = 0; start < size; start += sliceElements) {
    throwIfCancelled(signal);
    const count = Math.min(sliceElements, size - start);
    const offset = (start * bits) / 8;
    const length = Math.ceil((count * bits) / 8);
    const bytes =
      source.kind === 'file'
        ? await ranges.read({ path: source.path, offset: source.offset + offset, length })
        : tensor.bytes.subarray(offset, offset + length);
    yield { start, values: new Tensor(type, [count], { kind: 'bytes', bytes }).toFloat64() };
  }
}

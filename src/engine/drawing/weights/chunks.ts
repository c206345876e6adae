import { LatheError } from '../../base/errors.ts';
import { DataType, dataTypeBits, dataTypeName } from '../../onnx/data-type.ts';
import { FileRanges } from '../../onnx/file-ranges.ts';
import { Tensor } from '../../onnx/tensor.ts';

/** Elements that are worked on without a pause: about a millisecond. A multiple of 8, so that elements of any width end at a byte. */
const chunkElements = 1 << 15;
/** A sparse tensor is made dense in one go: only where that takes no time. */
const largestSparse = 8 * 2 ** 20;

/** What a reading takes from outside. */
export interface Reading {
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  progress(fraction: number): void;
  /** Lets others have the processor. */
  pause(): Promise<void>;
}

export type Elements = ArrayLike<number>;

/**
 * The stored elements from `first` on, `count` of them, in order, a piece at a time; the pieces of file tensors are read as they are wanted, so that
 * memory does not grow with the tensor. Throws `weights.numbers` for what has no numbers, `model.truncated`, `file.read`; ends with the signal's reason.
 */
export async function* chunks(tensor: Tensor, { signal, pause }: Reading, first = 0, count = tensor.size): AsyncGenerator<Elements> {
  const bits = dataTypeBits(tensor.type);
  if (bits === undefined) throw new LatheError('weights.numbers', `a ${dataTypeName(tensor.type)} tensor has no numbers to look at`);
  if (tensor.source.kind === 'sparse' && tensor.byteLength > largestSparse)
    throw new LatheError('weights.numbers', 'a sparse tensor of this size is not looked into');
  const ranges = new FileRanges();
  try {
    for (let done = 0; done < count; done += chunkElements) {
      await pause();
      signal.throwIfAborted();
      const size = Math.min(chunkElements, count - done);
      yield await piece(tensor, bits, first + done, size, ranges);
    }
  } finally {
    await ranges.close();
  }
}

async function piece(tensor: Tensor, bits: number, first: number, size: number, ranges: FileRanges): Promise<Elements> {
  // From the byte boundary before: elements of 2, 4 and 6 bits share bytes; eight of them end at one.
  const from = first - (first % 8);
  const start = (from * bits) / 8;
  const length = Math.ceil(((first + size - from) * bits) / 8);
  const { source } = tensor;
  const bytes =
    source.kind === 'file'
      ? await ranges.read({ path: source.path, offset: source.offset + start, length })
      : tensor.bytes.subarray(start, start + length);
  const part = new Tensor(tensor.type, [first + size - from], { kind: 'bytes', bytes });
  const values: Float32Array | Float64Array = tensor.type === DataType.float32 ? part.toFloat32() : part.toFloat64();
  return first === from ? values : values.subarray(first - from);
}

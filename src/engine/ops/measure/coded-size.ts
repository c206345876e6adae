import { dataTypeBits } from '../../onnx/data-type.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/** What a tensor takes, in bytes. */
export interface CodedSize {
  /** As stored. */
  readonly dense: number;
  /**
   * The least that a coder could reach who looks at one number at a time (order-0 entropy), with what it has to tell besides: the numbers themselves as a codebook, or where the most frequent one (zero,
   * in a sparse model) stands and all others as they are. Never more than `dense`. Coders that see patterns of several numbers may do better.
   */
  readonly entropy: number;
  /** Of `entropy`, the codebook; 0 where it does not pay. */
  readonly codebook: number;
  /** Different numbers. */
  readonly distinct: number;
}

/** Counts the numbers of a loaded tensor by their bits. Memory: a copy of it. */
export function codedSize(tensor: Tensor): CodedSize {
  const width = dataTypeBits(tensor.type) ?? 8;
  const { size, byteLength: dense } = tensor;
  if (size === 0) return { dense, entropy: 0, codebook: 0, distinct: 0 };
  const counts = countsOf(tensor.bytes, width, size);
  let [bits, most] = [0, 0];
  for (const count of counts) {
    bits -= count * Math.log2(count / size);
    if (count > most) most = count;
  }
  const codebook = Math.ceil((counts.length * width) / 8);
  const byCodebook = bits / 8 + codebook;
  const places = size * binaryEntropy(most / size);
  const byPlaces = (places + (size - most + 1) * width) / 8;
  const entropy = Math.ceil(Math.min(dense, byCodebook, byPlaces));
  const pays = byCodebook <= byPlaces && byCodebook < dense;
  return { dense, entropy, codebook: pays ? codebook : 0, distinct: counts.length };
}

const binaryEntropy = (p: number): number => (p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p));

/** How often each number stands there. */
function countsOf(bytes: Uint8Array, width: number, size: number): readonly number[] {
  if (width <= 16) return smallCounts(bytes, width, size);
  const aligned = bytes.slice();
  const sorted = width === 32 ? new Uint32Array(aligned.buffer).sort() : new BigUint64Array(aligned.buffer).sort();
  const counts: number[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    counts.push(to - from);
    from = to;
  }
  return counts;
}

/** By histogram; numbers narrower than a byte lie one behind the other, lowest bits first. */
function smallCounts(bytes: Uint8Array, width: number, size: number): readonly number[] {
  const histogram = new Float64Array(2 ** width);
  for (let i = 0; i < size; i++) {
    const bit = i * width;
    const at = Math.floor(bit / 8);
    const word = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    histogram[(word >> (bit % 8)) & (2 ** width - 1)]!++;
  }
  return Array.from(histogram).filter((count) => count > 0);
}

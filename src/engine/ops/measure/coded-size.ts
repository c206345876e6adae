import { dataTypeBits } from '../../onnx/data-type.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/** What a tensor takes, in bytes. */
export interface CodedSize {
  /** As stored. */
  readonly dense: number;
  /**
   * The least that a coder reaches who does not look at neighbours (order-0 entropy), by the better of two ways: an index for each number and a codebook with the numbers; or where the most frequent
   * number stands (zero, in a sparse model), and each byte of all others by itself. Never more than `dense`. Coders that see patterns along the tensor may do better.
   */
  readonly entropy: number;
  /** Of `entropy`, the codebook; 0 where the other way is better. */
  readonly codebook: number;
  /** Different numbers. */
  readonly distinct: number;
}

/** Counts the numbers of a loaded tensor by their bits. Memory: a copy of it. */
export function codedSize(tensor: Tensor): CodedSize {
  const width = dataTypeBits(tensor.type) ?? 8;
  const { size, byteLength: dense } = tensor;
  if (size === 0) return { dense, entropy: 0, codebook: 0, distinct: 0 };
  const numbers = numbersOf(tensor.bytes, width, size);
  const counts = countsOf(numbers, width);
  const all = counts.map(({ count }) => count);
  const most = counts.reduce((a, b) => (b.count > a.count ? b : a));
  const codebook = Math.ceil((counts.length * width) / 8);
  const byCodebook = entropyBits(all) / 8 + codebook;
  const places = entropyBits([most.count, size - most.count]);
  const byPlaces = (places + width + othersBits(numbers, most.number, width)) / 8;
  const entropy = Math.ceil(Math.min(dense, byCodebook, byPlaces));
  const pays = byCodebook <= byPlaces && byCodebook < dense;
  return { dense, entropy, codebook: pays ? codebook : 0, distinct: counts.length };
}

/** What an ideal coder needs for so many signs of each kind. */
function entropyBits(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((bits, count) => (count > 0 ? bits - count * Math.log2(count / total) : bits), 0);
}

/** The numbers' bits. */
type Numbers = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** Numbers narrower than a byte lie one behind the other, lowest bits first; they get a byte each. */
function numbersOf(bytes: Uint8Array, width: number, size: number): Numbers {
  const { buffer } = bytes.slice();
  if (width === 16) return new Uint16Array(buffer);
  if (width === 32) return new Uint32Array(buffer);
  if (width === 64) return new BigUint64Array(buffer);
  return Uint8Array.from({ length: size }, (_, i) => {
    const bit = i * width;
    const at = Math.floor(bit / 8);
    return ((bytes[at]! | ((bytes[at + 1] ?? 0) << 8)) >> (bit % 8)) & (2 ** width - 1);
  });
}

interface Count {
  readonly number: number | bigint;
  readonly count: number;
}

/** How often each number stands there. */
function countsOf(numbers: Numbers, width: number): readonly Count[] {
  if (width > 16) return runsOf(numbers.slice().sort());
  const histogram = new Float64Array(2 ** width);
  for (const number of numbers) histogram[Number(number)]!++;
  return Array.from(histogram, (count, number) => ({ number, count })).filter(({ count }) => count > 0);
}

function runsOf(sorted: Numbers): readonly Count[] {
  const counts: Count[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    counts.push({ number: sorted[from]!, count: to - from });
    from = to;
  }
  return counts;
}

/** Bits for all numbers but one kind, each of their bytes by itself: exponents of weights are alike. */
function othersBits(numbers: Numbers, without: number | bigint, width: number): number {
  const planes = Math.ceil(width / 8);
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const histogram = new Float64Array(planes * 256);
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] === without) continue;
    for (let plane = 0; plane < planes; plane++) histogram[plane * 256 + bytes[i * planes + plane]!]!++;
  }
  let bits = 0;
  for (let plane = 0; plane < planes; plane++) bits += entropyBits(Array.from(histogram.subarray(plane * 256, (plane + 1) * 256)));
  return bits;
}

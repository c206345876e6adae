import { LatheError } from '../../base/errors.ts';
import { DataType, dataTypeBits } from '../../onnx/data-type.ts';
import { Tensor } from '../../onnx/tensor.ts';

/** Coordinates that stay along some axes of a tensor. */
export type Kept = ReadonlyMap<number, Int32Array>;

/**
 * A tensor without the other coordinates of these axes; of any type that has elements of whole bytes or of 2 or 4 bits. Throws `prune.tensor-type` for others, and
 * `model.weights-not-loaded`.
 */
export function cutTensor(tensor: Tensor, kept: Kept): Tensor {
  const bits = dataTypeBits(tensor.type);
  if (bits === undefined || tensor.type === DataType.string)
    throw new LatheError('prune.tensor-type', 'a tensor of this type cannot be cut');
  const dims = tensor.dims.map((size, axis) => kept.get(axis)?.length ?? size);
  const cut = bits % 8 === 0 ? cutBytes(tensor, kept, bits / 8, dims) : cutBits(tensor, kept, bits, dims);
  return new Tensor(tensor.type, dims, { kind: 'bytes', bytes: cut });
}

/**
 * Offsets in elements of every row that has places that stay (a row: all places of the last cut axis, with what lies behind each of them), in order.
 */
function forEachRow(tensor: Tensor, kept: Kept, last: number, visit: (from: number) => void): void {
  const inner = productOf(tensor.dims.slice(last));
  const walk = (axis: number, offset: number): void => {
    if (axis === last) {
      visit(offset * inner);
      return;
    }
    const size = tensor.dims[axis]!;
    const places = kept.get(axis);
    const count = places?.length ?? size;
    for (let i = 0; i < count; i++) walk(axis + 1, offset * size + (places ? places[i]! : i));
  };
  walk(0, 0);
}

/** Places next to each other are copied in one piece: begin and end of every run. */
function runsOf(places: Int32Array): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (const place of places) {
    const run = runs.at(-1);
    if (run?.[1] === place) run[1]++;
    else runs.push([place, place + 1]);
  }
  return runs;
}

function cutBytes(tensor: Tensor, kept: Kept, width: number, dims: readonly number[]): Uint8Array {
  const cut = new Uint8Array(productOf(dims) * width);
  const last = Math.max(...kept.keys());
  const inner = productOf(tensor.dims.slice(last + 1)) * width;
  // Columns of a matrix one by one: a copy of few bytes costs more than a loop over elements.
  if (inner === 4 && tensor.bytes.byteOffset % 4 === 0) {
    cutColumns(tensor, kept, last, new Int32Array(cut.buffer));
    return cut;
  }
  const runs = runsOf(kept.get(last)!);
  let at = 0;
  forEachRow(tensor, kept, last, (from) => {
    for (const [first, end] of runs) {
      cut.set(tensor.bytes.subarray(from * width + first * inner, from * width + end * inner), at);
      at += (end - first) * inner;
    }
  });
  return cut;
}

function cutColumns(tensor: Tensor, kept: Kept, last: number, cut: Int32Array): void {
  const { bytes } = tensor;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const places = kept.get(last)!;
  let at = 0;
  forEachRow(tensor, kept, last, (from) => {
    for (let i = 0; i < places.length; i++) cut[at++] = words[from + places[i]!]!;
  });
}

const productOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Elements narrower than a byte, lowest bits first (ONNX TensorProto). */
function cutBits(tensor: Tensor, kept: Kept, bits: number, dims: readonly number[]): Uint8Array {
  const { bytes } = tensor;
  const cut = new Uint8Array(Math.ceil((productOf(dims) * bits) / 8));
  const last = Math.max(...kept.keys());
  const inner = productOf(tensor.dims.slice(last + 1)) * bits;
  let at = 0;
  forEachRow(tensor, kept, last, (from) => {
    for (const place of kept.get(last)!) {
      const begin = from * bits + place * inner;
      for (let bit = begin; bit < begin + inner; bit++, at++) {
        if ((bytes[bit >> 3]! >> (bit & 7)) & 1) cut[at >> 3]! |= 1 << (at & 7);
      }
    }
  });
  return cut;
}

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

/** Offsets in elements of every run of whole elements that stays, in order; behind the last cut axis all is copied in one piece. */
function forEachRun(tensor: Tensor, kept: Kept, visit: (from: number, length: number) => void): void {
  const last = Math.max(...kept.keys());
  const inner = tensor.dims.slice(last + 1).reduce((a, b) => a * b, 1);
  const walk = (axis: number, offset: number): void => {
    const size = tensor.dims[axis]!;
    const places = kept.get(axis);
    const count = places?.length ?? size;
    for (let i = 0; i < count; i++) {
      const at = offset * size + (places ? places[i]! : i);
      if (axis === last) visit(at * inner, inner);
      else walk(axis + 1, at);
    }
  };
  walk(0, 0);
}

function cutBytes(tensor: Tensor, kept: Kept, width: number, dims: readonly number[]): Uint8Array {
  const { bytes } = tensor;
  const cut = new Uint8Array(dims.reduce((a, b) => a * b, 1) * width);
  let at = 0;
  forEachRun(tensor, kept, (from, length) => {
    cut.set(bytes.subarray(from * width, (from + length) * width), at);
    at += length * width;
  });
  return cut;
}

/** Elements narrower than a byte, lowest bits first (ONNX TensorProto). */
function cutBits(tensor: Tensor, kept: Kept, bits: number, dims: readonly number[]): Uint8Array {
  const { bytes } = tensor;
  const cut = new Uint8Array(Math.ceil((dims.reduce((a, b) => a * b, 1) * bits) / 8));
  let at = 0;
  forEachRun(tensor, kept, (from, length) => {
    for (let bit = from * bits; bit < (from + length) * bits; bit++, at++) {
      if ((bytes[bit >> 3]! >> (bit & 7)) & 1) cut[at >> 3]! |= 1 << (at & 7);
    }
  });
  return cut;
}

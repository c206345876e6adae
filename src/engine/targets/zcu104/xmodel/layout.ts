/** ONNX keeps feature maps as N, C, H, W; XIR as N, H, W, C. Whatever has four axes is stored the second way, all else as it is. */

/** Where the axes of a stored tensor stand in ONNX: [0, 2, 3, 1]. */
const fromOnnx = [0, 2, 3, 1];
const toStored = [0, 3, 1, 2];

export const isMap = (dims: readonly number[]): boolean => dims.length === 4;

export const storedShape = (dims: readonly number[]): number[] => (isMap(dims) ? fromOnnx.map((axis) => dims[axis]!) : [...dims]);

/** The stored place of an axis of ONNX, which may count from the end. */
export function storedAxis(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  return rank === 4 ? toStored[at]! : at;
}

/** Values by ONNX's axes in the order of the stored ones. */
export const inStoredOrder = <T>(values: readonly T[]): T[] => (values.length === 4 ? fromOnnx.map((axis) => values[axis]!) : [...values]);

/** The order of a transposition between stored tensors that is `permutation` between those of ONNX. */
export function storedPermutation(permutation: readonly number[]): number[] {
  const rank = permutation.length;
  return permutation.map((_, place) => storedAxis(permutation[rank === 4 ? fromOnnx[place]! : place]!, rank));
}

/** Elements of a tensor under another order of its axes: axis i of the result is `order[i]` of the given one. */
export function permuted(values: ArrayLike<number>, dims: readonly number[], order: readonly number[]): Float32Array {
  const steps = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const shape = order.map((axis) => dims[axis]!);
  const out = new Float32Array(values.length);
  const place = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    for (let axis = 0; axis < place.length; axis++) from += place[axis]! * steps[order[axis]!]!;
    out[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis]! === shape[axis]; axis--) place[axis] = 0;
  }
  return out;
}

/** Whether reading a feature map in either order gives the same sequence: one channel, or one pixel. */
export const sameSequence = ([, channels = 1, height = 1, width = 1]: readonly number[]): boolean => channels === 1 || height * width === 1;

import type { RuntimeTensor } from '../runtime/runtime.ts';

export const sameDims = (a: RuntimeTensor, b: RuntimeTensor): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);

/** One float32 tensor of several of one shape, one behind the other along the first axis. */
export function joined(tensors: readonly RuntimeTensor[]): RuntimeTensor {
  const [first] = tensors;
  if (tensors.length === 1) return first!;
  const size = first!.dims.reduce((a, b) => a * b, 1);
  const data = new Float32Array(size * tensors.length);
  tensors.forEach((tensor, i) => data.set(tensor.data as Float32Array, i * size));
  return { type: first!.type, dims: [first!.dims[0]! * tensors.length, ...first!.dims.slice(1)], data };
}

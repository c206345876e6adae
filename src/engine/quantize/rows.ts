/** A tensor seen as rows of elements that share a scale: element i of row c lies at `offset(c, i)`. */
export interface Rows {
  readonly channels: number;
  /** Of the longest row. */
  readonly length: number;
  lengthOf(channel: number): number;
  offset(channel: number, index: number): number;
}

/** One row per channel along `axis`; without an axis: one row. */
export function rowsOf(dims: readonly number[], axis: number | undefined): Rows {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (axis === undefined) return { channels: 1, length: size, lengthOf: () => size, offset: (_, index) => index };
  const channels = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const length = channels === 0 ? 0 : size / channels;
  const lengthOf = (): number => length;
  // Output channels stand first in convolutions: no divisions there, they would be most of the work on a large model.
  if (axis === 0) return { channels, length, lengthOf, offset: (channel, index) => channel * length + index };
  return {
    channels,
    length,
    lengthOf,
    offset: (channel, index) => Math.floor(index / inner) * channels * inner + channel * inner + (index % inner),
  };
}

/** Neighbours along `axis` that share a scale, `size` of them; the last ones of a line may be fewer. */
export interface Blocks {
  readonly axis: number;
  readonly size: number;
}

/** One row per block, in the order of the scales' tensor: shape `blockScaleDims` (ONNX DequantizeLinear-21, block_size). */
export function blockRows(dims: readonly number[], { axis, size }: Blocks): Rows {
  const depth = dims[axis]!;
  const blocks = Math.ceil(depth / size);
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const first = (row: number): number => (Math.floor(row / inner) % blocks) * size;
  return {
    channels: blockScaleDims(dims, { axis, size }).reduce((product, dim) => product * dim, 1),
    length: Math.min(size, depth),
    lengthOf: (row) => Math.min(size, depth - first(row)),
    offset: (row, index) => (Math.floor(row / (inner * blocks)) * depth + first(row) + index) * inner + (row % inner),
  };
}

export const blockScaleDims = (dims: readonly number[], { axis, size }: Blocks): number[] =>
  dims.map((dim, i) => (i === axis ? Math.ceil(dim / size) : dim));

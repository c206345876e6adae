/** A tensor seen as one row per channel along `axis`: element i of channel c lies at `offset(c, i)`. Without an axis: one row. */
export interface Rows {
  readonly channels: number;
  readonly length: number;
  offset(channel: number, index: number): number;
}

export function rowsOf(dims: readonly number[], axis: number | undefined): Rows {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (axis === undefined) return { channels: 1, length: size, offset: (_, index) => index };
  const channels = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const length = channels === 0 ? 0 : size / channels;
  return {
    channels,
    length,
    offset: (channel, index) => Math.floor(index / inner) * channels * inner + channel * inner + (index % inner),
  };
}

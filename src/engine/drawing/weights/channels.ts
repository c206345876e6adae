import type { Quantization, StoredWeights } from './stored.ts';

/** Entries of a list by channel; neighbours share one where there are more channels. */
const mostEntries = 2048;

/** The channels of a tensor along one axis; one channel without. */
export interface Channels {
  readonly axis: number;
  readonly count: number;
  /** Elements between one channel and the next. */
  readonly inner: number;
  /** Channels that share an entry of what is shown. */
  readonly stride: number;
  readonly entries: number;
}

export function channelsOf({ tensor, axis }: StoredWeights): Channels {
  const { dims } = tensor;
  if (axis === undefined) return { axis: 0, count: 1, inner: Math.max(1, tensor.size), stride: 1, entries: 1 };
  const count = dims[axis]!;
  const stride = Math.max(1, Math.ceil(count / mostEntries));
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return { axis, count, inner: Math.max(1, inner), stride, entries: Math.ceil(count / stride) };
}

export const channelAt = ({ inner, count }: Channels, element: number): number => Math.floor(element / inner) % Math.max(1, count);

/** Place of an element's scale; the dims of `tensor` are those of the quantization's. */
export function scalePlace({ tensor }: StoredWeights, { scale, axis, block }: Quantization): (element: number) => number {
  if (scale.length === 1 || axis === undefined) return () => 0;
  const { dims } = tensor;
  const depth = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  if (block === undefined) return (element) => Math.floor(element / inner) % depth;
  const blocks = Math.ceil(depth / block);
  return (element) => {
    const along = Math.floor(element / inner) % depth;
    return (Math.floor(element / (inner * depth)) * blocks + Math.floor(along / block)) * inner + (element % inner);
  };
}

/** What stored elements stand for. */
export function realValues(weights: StoredWeights): (value: number, element: number) => number {
  const { quantization } = weights;
  if (!quantization) return (value) => value;
  const { scale, zeroPoint } = quantization;
  const place = scalePlace(weights, quantization);
  return (value, element) => {
    const at = place(element);
    return (value - zeroPoint[at]!) * scale[at]!;
  };
}

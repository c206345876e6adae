import { recordOf } from '../../autodiff/path.ts';
import type { Model } from '../../onnx/graph.ts';
import type { CouplingGroup, Slice } from '../groups/types.ts';
import { storedNumbers } from '../sparse/stored-numbers.ts';

/** A stored tensor as the channels of a group see it. */
export interface WeightPart {
  readonly slice: Slice;
  readonly dims: readonly number[];
  /** As real numbers, also where the file holds integers. */
  readonly values: Float32Array;
}

/** Which tensors of a group are meant: weights that make and read its channels (and those of depthwise layers), or scales of batch normalization. */
export type PartKind = 'filters' | 'scales';

/**
 * Tensors of the group that have a say about its channels, each once, in the order of the slices. Biases have none: what a channel adds whatever it sees is given to the next
 * layer's bias by any compensation. `read` keeps what it has read.
 */
export function weightReader(model: Model): (group: CouplingGroup, kinds: readonly PartKind[]) => WeightPart[] {
  const { graph } = model;
  const known = new Map<string, Float32Array>();
  const read = (name: string): Float32Array => {
    const kept = known.get(name);
    if (kept) return kept;
    const scaled = graph.users(name).find(({ node, index }) => node.op === 'DequantizeLinear' && index === 0)?.node;
    const { values } = storedNumbers(graph, graph.constant(name)!, scaled);
    known.set(name, values);
    return values;
  };
  return (group, kinds) => {
    const seen = new Set<string>();
    return group.slices.flatMap((slice) => {
      const dims = graph.constant(slice.tensor)?.dims ?? [];
      const kind = kindOf(model, slice, dims);
      const key = JSON.stringify([slice.tensor, slice.axis]);
      if (!kind || !kinds.includes(kind) || seen.has(key)) return [];
      seen.add(key);
      return [{ slice, dims, values: read(slice.tensor) }];
    });
  };
}

function kindOf(model: Model, { role, node, input, axis }: Slice, dims: readonly number[]): PartKind | undefined {
  if (node.op === 'BatchNormalization') return input === 1 ? 'scales' : undefined;
  if (dims.length < 2 || axis >= dims.length) return undefined;
  if (role !== 'carries') return 'filters';
  const compute = recordOf(model.opsets, node)?.quantize;
  return compute?.kind === 'compute' && compute.weight === input ? 'filters' : undefined;
}

/** Calls `visit` with the place of each element of a channel in the flat tensor, in ascending order of the places along the axis. */
export function eachElement({ slice, dims }: WeightPart, channel: number, visit: (index: number) => void): void {
  const [outer, inner] = [product(dims.slice(0, slice.axis)), product(dims.slice(slice.axis + 1))];
  const stride = dims[slice.axis]! * inner;
  for (const place of slice.places[channel]!) {
    for (let o = 0; o < outer; o++) {
      const from = o * stride + place * inner;
      for (let i = 0; i < inner; i++) visit(from + i);
    }
  }
}

/** Sums a function of the elements by channel. */
export function sumByChannel(part: WeightPart, of: (index: number) => number): Float64Array {
  return Float64Array.from(part.slice.places, (_, channel) => {
    let sum = 0;
    eachElement(part, channel, (index) => (sum += of(index)));
    return sum;
  });
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

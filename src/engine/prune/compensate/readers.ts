import type { Graph, Node } from '../../onnx/graph.ts';
import { floatConstant } from '../../simplify/edit.ts';
import type { ChannelPlaces, Coupling, CouplingGroup, Slice } from '../groups/types.ts';
import { chainOf, type Chain } from './chain.ts';
import { productOf, type Product } from './product.ts';

/** A layer that reads channels of groups, as a product. */
export interface Reader {
  readonly product: Product;
  readonly chain: Chain;
}

/** Rows of a product by channel of the group that it reads. The same rows in each part of a grouped convolution. */
export interface ReadBlocks {
  readonly reader: Reader;
  readonly rows: readonly Int32Array[];
}

/** A layer that is looked at channel by channel, whatever it does with them: what it reads, and by how much it weighs each channel. */
export interface RoughReader {
  readonly input: string;
  readonly at: ChannelPlaces;
  readonly result: string;
  /** [channels, weights of one channel]. */
  readonly weights: Float64Array;
  /** Axis of the result that runs over its channels; negative from the end. */
  readonly resultAxis: number;
}

/** What reads a group. */
export interface GroupReaders {
  readonly exact: readonly ReadBlocks[];
  readonly rough: readonly RoughReader[];
}

/** Inputs of a product that are looked at together, at most: 1,536 take five seconds to eliminate. */
const mostDepth = 1536;

/** For each group the layers behind it: as products where these are known and together take no more than `mostBytes` for their moments. */
export function readersOf(
  graph: Graph,
  coupling: Coupling,
  bytesOf: (product: Product) => number,
  mostBytes: number,
): Map<CouplingGroup, GroupReaders> {
  const known = new Map<Node, Reader | undefined>();
  const readerOf = (node: Node): Reader | undefined => {
    if (!known.has(node)) {
      const product = productOf(graph, node);
      known.set(node, product && product.shape.depth <= mostDepth ? { product, chain: chainOf(graph, node, product.channels) } : undefined);
    }
    return known.get(node);
  };
  return new Map(
    coupling.groups.map((group) => {
      const exact: ReadBlocks[] = [];
      const rough: RoughReader[] = [];
      let bytes = 0;
      for (const slice of group.slices) {
        if (slice.role !== 'consumes') continue;
        const reader = slice.input === 1 ? readerOf(slice.node) : undefined;
        const cost = reader ? bytesOf(reader.product) : 0;
        if (reader && reader.product.inputAxis === slice.axis && bytes + cost <= mostBytes) {
          bytes += cost;
          exact.push({ reader, rows: slice.places.map((places) => rowsOf(places, reader.product.taps)) });
        } else {
          const found = roughReader(graph, group, slice);
          if (found) rough.push(found);
        }
      }
      return [group, { exact, rough }];
    }),
  );
}

function rowsOf(places: Int32Array, taps: number): Int32Array {
  const rows = new Int32Array(places.length * taps);
  places.forEach((place, i) => {
    for (let tap = 0; tap < taps; tap++) rows[i * taps + tap] = place * taps + tap;
  });
  return rows;
}

/** undefined where a channel has no place of its own in what the layer reads, or not as many as the others. */
function roughReader(graph: Graph, group: CouplingGroup, { node, tensor, axis, places }: Slice): RoughReader | undefined {
  const input = node.inputs.find((name) => group.values.has(name) && !graph.constant(name));
  const at = input === undefined ? undefined : group.values.get(input);
  const constant = floatConstant(graph, tensor);
  const isEven = (each: readonly Int32Array[]): boolean => each.every(({ length }) => length > 0 && length === each[0]!.length);
  if (input === undefined || !at || !constant || !isEven(at.places) || !isEven(places)) return undefined;
  const { dims, values } = constant;
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const width = places[0]!.length * inner * outer;
  const weights = new Float64Array(group.channels * width);
  let next = 0;
  for (const own of places) {
    for (const place of own) {
      for (let o = 0; o < outer; o++) {
        const from = (o * dims[axis]! + place) * inner;
        weights.set(values.subarray(from, from + inner), next);
        next += inner;
      }
    }
  }
  const isMatrix = node.op === 'MatMul' || node.op === 'Gemm';
  return { input, at, result: node.outputs[0]!, weights, resultAxis: isMatrix ? -1 : 1 };
}

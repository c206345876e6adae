import type { Graph, Node } from '../../onnx/graph.ts';
import type { Coupling, CouplingGroup } from '../groups/types.ts';
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

/** For each group: those of the layers behind it whose products are known. */
export function readersOf(graph: Graph, coupling: Coupling): Map<CouplingGroup, ReadBlocks[]> {
  const known = new Map<Node, Reader | undefined>();
  const readerOf = (node: Node): Reader | undefined => {
    if (!known.has(node)) {
      const product = productOf(graph, node);
      known.set(node, product && { product, chain: chainOf(graph, node, product.channels) });
    }
    return known.get(node);
  };
  const found = new Map<CouplingGroup, ReadBlocks[]>();
  for (const group of coupling.groups) {
    const blocks = group.slices.flatMap((slice): ReadBlocks[] => {
      if (slice.role !== 'consumes' || slice.input !== 1) return [];
      const reader = readerOf(slice.node);
      if (!reader || reader.product.inputAxis !== slice.axis) return [];
      return [{ reader, rows: slice.places.map((places) => rowsOf(places, reader.product.taps)) }];
    });
    found.set(group, blocks);
  }
  return found;
}

function rowsOf(places: Int32Array, taps: number): Int32Array {
  const rows = new Int32Array(places.length * taps);
  places.forEach((place, i) => {
    for (let tap = 0; tap < taps; tap++) rows[i * taps + tap] = place * taps + tap;
  });
  return rows;
}

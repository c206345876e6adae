import { groupBy } from './adjacency.ts';
import type { Order } from './order.ts';
import type { ProperGraph } from './proper-graph.ts';

/**
 * Rows in the order in which a depth-first walk from the inputs meets their vertices: a graph that is a tree has no crossing then. `mirrored`: rows
 * are filled from the right, by a walk to the last readers first.
 */
export function initialOrder({ ranks, rank, down, up, head, innerUp }: ProperGraph, mirrored: boolean): Order {
  const count = rank.length;
  const { starts } = groupBy(ranks, rank);
  const row = new Int32Array(count);
  const place = new Int32Array(count).fill(-1);
  const filled = new Int32Array(ranks);
  const next = down.starts.slice(0, count);
  const path = new Int32Array(count);
  const meet = (vertex: number): void => {
    const own = rank[vertex]!;
    const fromBegin = filled[own]!++;
    place[vertex] = mirrored ? starts[own + 1]! - starts[own]! - 1 - fromBegin : fromBegin;
    row[starts[own]! + place[vertex]!] = vertex;
  };
  for (let root = 0; root < count; root++) {
    if (up.starts[root] !== up.starts[root + 1]) continue;
    let depth = 0;
    path[depth++] = root;
    meet(root);
    while (depth > 0) {
      const vertex = path[depth - 1]!;
      if (next[vertex] === down.starts[vertex + 1]) {
        depth--;
        continue;
      }
      const turn = next[vertex]!++;
      const below = head[down.items[mirrored ? down.starts[vertex]! + down.starts[vertex + 1]! - 1 - turn : turn]!]!;
      // A line is met from its beginning only, so that no two cross.
      if (place[below]! >= 0 || (innerUp[below]! >= 0 && innerUp[below] !== vertex)) continue;
      meet(below);
      path[depth++] = below;
    }
  }
  return { row, starts, place };
}

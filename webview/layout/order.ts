import { countCrossings } from './crossings.ts';
import { initialOrder } from './initial-order.ts';
import type { ProperGraph } from './proper-graph.ts';
import { Sweep } from './sweep.ts';
import { exchangeNeighbours } from './exchange.ts';

/** The vertices of each row from left to right: those of row r are `row` from `starts[r]` to `starts[r + 1]`. */
export interface Order {
  readonly row: Int32Array;
  readonly starts: Int32Array;
  /** Of each vertex: its place in its row, from 0. */
  readonly place: Int32Array;
}

/** Sweeps without a better result after which it stops. */
const patience = 4;
/** What it may cost: steps over vertices and edges. About a quarter of a second. */
const budget = 1.5e7;

/**
 * Orders the rows so that few edges cross: sweeps down and up that put each vertex at the barycenter of its neighbours (Sugiyama, Tagawa and Toda 1981),
 * and exchanges of neighbours after each (Gansner et al. 1993, 3.2). Inner edges of lines keep their order, so that none crosses another
 * (Eiglsperger, Siebenhaller and Kaufmann 2005). Ties keep the order of the input. Where edges still cross it begins once more from the other side.
 */
export function orderRows(graph: ProperGraph): Order {
  const order = initialOrder(graph, false);
  const crossings = untangle(graph, order);
  if (crossings === 0) return order;
  const other = initialOrder(graph, true);
  return untangle(graph, other) < crossings ? other : order;
}

/** Improves an order for as long as it is worth it; returns how many edges cross. */
function untangle(graph: ProperGraph, order: Order): number {
  const best = order.row.slice();
  let fewest = countCrossings(graph, order);
  const sweep = new Sweep(graph, order);
  const cost = graph.rank.length + graph.tail.length;
  const rounds = Math.max(2, Math.min(24, Math.floor(budget / (cost * 12))));
  for (let round = 0, failed = 0; round < rounds && failed < patience && fewest > 0; round++) {
    sweep.run(round % 2 === 0, round % 4 >= 2);
    exchangeNeighbours(graph, order);
    const crossings = countCrossings(graph, order);
    failed++;
    if (crossings < fewest) {
      [fewest, failed] = [crossings, 0];
      best.set(order.row);
    }
  }
  order.row.set(best);
  for (let rank = 0; rank < graph.ranks; rank++) {
    for (let i = order.starts[rank]!; i < order.starts[rank + 1]!; i++) order.place[order.row[i]!] = i - order.starts[rank]!;
  }
  return fewest;
}

import { alignColumns } from './align.ts';
import { feedbackLinks } from './cycles.ts';
import type { FlatGraph, FlatLayout } from './flat-graph.ts';
import { type Order, orderRows } from './order.ts';
import { outerLanes } from './outer-lanes.ts';
import { placeColumns } from './place.ts';
import { makeProper, type ProperGraph } from './proper-graph.ts';
import { assignRanks, rowsOfBoxes } from './ranks.ts';
import { route } from './route.ts';
import { placeRows } from './rows.ts';

/** Lays out one flat graph in rows (Sugiyama, Tagawa and Toda 1981): which row, in what order, where, and the edges between. */
export function arrange(graph: FlatGraph): FlatLayout {
  const feedback = feedbackLinks(graph);
  const span = rowsOfBoxes(graph);
  // An edge must not pass through a tall box: where one would, each box takes a single row, however high that becomes.
  return inRows(graph, feedback, span) ?? inRows(graph, feedback, span.fill(1))!;
}

function inRows(graph: FlatGraph, feedback: Uint8Array, span: Int32Array): FlatLayout | undefined {
  const ranks = assignRanks(graph, feedback, span);
  const lanes = outerLanes(graph, ranks, feedback);
  const proper = makeProper(graph, ranks, feedback, lanes);
  const order = orderRows(proper);
  if (span.some((rows) => rows > 1) && crossesBox(proper, order)) return undefined;
  const columns = alignColumns(proper, order);
  const { x, width } = placeColumns(proper, order, columns);
  return route(graph, ranks, proper, placeRows(graph, ranks), x, width, lanes);
}

/** Whether an edge between two rows crosses a box that takes both. */
function crossesBox({ ranks, isLine, innerDown, down, head }: ProperGraph, { row, starts, place }: Order): boolean {
  for (let rank = 0; rank + 1 < ranks; rank++) {
    // Heads of edges so far, and where the last tall box so far goes on.
    let [furthest, box] = [-1, -1];
    for (let i = starts[rank]!; i < starts[rank + 1]!; i++) {
      const vertex = row[i]!;
      const below = innerDown[vertex]!;
      if (below >= 0 && !isLine[vertex]) {
        if (furthest > place[below]!) return true;
        box = place[below]!;
      }
      for (let j = down.starts[vertex]!; j < down.starts[vertex + 1]!; j++) {
        const end = place[head[down.items[j]!]!]!;
        if (end < box) return true;
        furthest = Math.max(furthest, end);
      }
    }
  }
  return false;
}

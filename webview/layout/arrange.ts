import { alignColumns } from './align.ts';
import { feedbackLinks } from './cycles.ts';
import type { FlatGraph, FlatLayout } from './flat-graph.ts';
import { orderRows } from './order.ts';
import { placeColumns } from './place.ts';
import { makeProper } from './proper-graph.ts';
import { assignRanks } from './ranks.ts';
import { route } from './route.ts';
import { placeRows } from './rows.ts';

/** Lays out one flat graph in rows (Sugiyama, Tagawa and Toda 1981): which row, in what order, where, and the edges between. */
export function arrange(graph: FlatGraph): FlatLayout {
  const feedback = feedbackLinks(graph);
  const ranks = assignRanks(graph, feedback);
  const proper = makeProper(graph, ranks, feedback);
  const order = orderRows(proper);
  const columns = alignColumns(proper, order);
  const { x, width } = placeColumns(proper, order, columns);
  return route(graph, ranks, proper, placeRows(graph, ranks), x, width);
}

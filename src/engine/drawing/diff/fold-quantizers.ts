import type { DrawableEdge, DrawableGraph } from '../../../protocol/drawable.ts';

/**
 * The drawing with some nodes (QuantizeLinear, DequantizeLinear) drawn as a part of the node whose value they store: what reads them reads that
 * node. Ids stay; values that only they make are left without edges. Linear.
 */
export function foldQuantizers(graph: DrawableGraph, folds: (id: number) => boolean): DrawableGraph {
  const before = new Map<number, DrawableEdge>();
  for (const edge of graph.edges) if (edge.input === 0 && folds(edge.to)) before.set(edge.to, edge);
  const origin = new Map<number, DrawableEdge>();
  const originOf = (id: number): DrawableEdge | undefined => {
    const path: number[] = [];
    let at = before.get(id);
    while (at && before.has(at.from) && path.length <= before.size) {
      const known = origin.get(at.from);
      if (known) {
        at = known;
        break;
      }
      path.push(at.from);
      at = before.get(at.from);
    }
    if (at) for (const passed of [id, ...path]) origin.set(passed, at);
    return at;
  };
  const owner = graph.nodes.map((node, id) => node.into ?? (folds(id) ? originOf(id)?.from : undefined));
  const nodes = graph.nodes.map((node, id) => {
    if (owner[id] === undefined) return node;
    // What was folded into a node that is folded now is a part of what that one is a part of.
    const into = owner[owner[id]] ?? owner[id];
    return into === node.into ? node : { ...node, into, group: graph.nodes[into]!.group };
  });
  const edges = graph.edges.flatMap((edge): DrawableEdge[] => {
    if (origin.has(edge.to)) return [];
    const from = origin.get(edge.from);
    return [from ? { ...edge, from: from.from, output: from.output, value: from.value } : edge];
  });
  return { ...graph, nodes, edges };
}

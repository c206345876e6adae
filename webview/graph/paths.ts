import type { DrawableGraph } from '../../src/protocol/drawable.ts';

/** For each node the nodes that its edges lead to, one after the other: those of node n from `starts[n]` to `starts[n + 1]`. */
interface Neighbours {
  starts: Int32Array;
  ends: Int32Array;
}

/** Edges as the model has them: what is a part of another node (`into`) counts as that node, an operator and what lies inside it are apart. */
function neighbours({ nodes, edges }: DrawableGraph, from: 'from' | 'to'): Neighbours {
  const to = from === 'from' ? 'to' : 'from';
  const starts = new Int32Array(nodes.length + 1);
  for (const edge of edges) starts[edge[from] + 1]!++;
  for (let node = 0; node < nodes.length; node++) starts[node + 1]! += starts[node]!;
  const ends = new Int32Array(edges.length);
  const filled = starts.slice();
  for (const edge of edges) ends[filled[edge[from]]!++] = edge[to];
  return { starts, ends };
}

function reached({ starts, ends }: Neighbours, from: readonly number[]): Set<number> {
  const seen = new Set(from);
  for (const node of seen) for (let at = starts[node]!; at < starts[node + 1]!; at++) seen.add(ends[at]!);
  return seen;
}

/** All nodes that the outputs of these flow into, near or far; themselves included. */
export const dependents = (graph: DrawableGraph, ...nodes: readonly number[]): Set<number> => reached(neighbours(graph, 'from'), nodes);

/** All nodes that what these compute comes from; themselves included. */
export const dependencies = (graph: DrawableGraph, ...nodes: readonly number[]): Set<number> => reached(neighbours(graph, 'to'), nodes);

/** All nodes on paths from one node to another, whichever comes first; both included. Empty: no path joins them. */
export function between(graph: DrawableGraph, one: number, other: number): Set<number> {
  const after = neighbours(graph, 'from');
  const before = neighbours(graph, 'to');
  const onPaths = (from: number, to: number): Set<number> => {
    const back = reached(before, [to]);
    return back.has(from) ? new Set([...reached(after, [from])].filter((node) => back.has(node))) : new Set();
  };
  const forwards = onPaths(one, other);
  return forwards.size > 0 ? forwards : onPaths(other, one);
}

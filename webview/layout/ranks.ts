import { type Adjacency, groupBy } from './adjacency.ts';
import { type FlatGraph, gaps, role } from './flat-graph.ts';
import { shortenEdges } from './network-simplex.ts';

/** Which rows of the drawing a vertex takes: from `rank` on, `span` of them. */
export interface Ranks {
  readonly rank: Int32Array;
  readonly span: Int32Array;
  /** How many there are. */
  count: number;
}

/** Puts each vertex in a row below all that it reads. Ways in come first, ways out last. */
export function assignRanks(graph: FlatGraph, feedback: Uint8Array, span: Int32Array): Ranks {
  const { roles, from, to } = graph;
  const count = roles.length;
  const counts = (link: number): boolean => !feedback[link] && roles[from[link]!] !== role.wayIn && roles[to[link]!] !== role.wayOut;
  const tails = from.map((vertex, link) => (counts(link) ? vertex : -1));
  const heads = to.map((vertex, link) => (counts(link) ? vertex : -1));
  const leaving = groupBy(count, tails);
  const entering = groupBy(count, heads);
  const rank = new Int32Array(count);
  const sorted = topologicalOrder(count, leaving, entering, to);
  for (const vertex of sorted) {
    for (let i = leaving.starts[vertex]!; i < leaving.starts[vertex + 1]!; i++) {
      const target = to[leaving.items[i]!]!;
      rank[target] = Math.max(rank[target]!, rank[vertex]! + span[vertex]!);
    }
  }
  pullDown(rank, span, sorted, leaving, entering, to);
  const kept = Array.from(from.keys()).filter(counts);
  const [tail, head] = [Int32Array.from(kept, (link) => from[link]!), Int32Array.from(kept, (link) => to[link]!)];
  shortenEdges({ count, tail, head, length: tail.map((vertex) => span[vertex]!) }, rank);
  return withBorders(graph, feedback, rank, span);
}

/** How many rows each box takes: tall ones, which are containers mostly, as many as ordinary ones beside them would. */
export function rowsOfBoxes({ height, roles }: FlatGraph): Int32Array {
  const heights = height.filter((_, vertex) => roles[vertex] === role.box).sort();
  const pitch = (heights[heights.length >> 1] ?? 0) + gaps.ranks;
  return Int32Array.from(height, (tall) => Math.max(1, Math.min(64, Math.floor((tall + gaps.ranks) / pitch))));
}

function topologicalOrder(count: number, leaving: Adjacency, entering: Adjacency, to: Int32Array): Int32Array {
  const missing = new Int32Array(count);
  const order = new Int32Array(count);
  let end = 0;
  for (let vertex = 0; vertex < count; vertex++) {
    missing[vertex] = entering.starts[vertex + 1]! - entering.starts[vertex]!;
    if (missing[vertex] === 0) order[end++] = vertex;
  }
  for (let begin = 0; begin < end; begin++) {
    const vertex = order[begin]!;
    for (let i = leaving.starts[vertex]!; i < leaving.starts[vertex + 1]!; i++) {
      const target = to[leaving.items[i]!]!;
      if (--missing[target]! === 0) order[end++] = target;
    }
  }
  return order;
}

/** Moves what has no more producers than readers down to its first reader, so that inputs stand close to it. */
function pullDown(rank: Int32Array, span: Int32Array, sorted: Int32Array, leaving: Adjacency, entering: Adjacency, to: Int32Array): void {
  for (let i = sorted.length - 1; i >= 0; i--) {
    const vertex = sorted[i]!;
    const readers = leaving.starts[vertex + 1]! - leaving.starts[vertex]!;
    const read = entering.starts[vertex + 1]! - entering.starts[vertex]!;
    if (readers === 0 || read >= readers) continue;
    let least = Infinity;
    for (let j = leaving.starts[vertex]!; j < leaving.starts[vertex + 1]!; j++) least = Math.min(least, rank[to[leaving.items[j]!]!]!);
    rank[vertex] = least - span[vertex]!;
  }
}

/** Rows for the borders, and for the turns of links that lead back, which go round their boxes. */
function withBorders({ roles, from, to }: FlatGraph, feedback: Uint8Array, rank: Int32Array, span: Int32Array): Ranks {
  let [least, most] = [Infinity, 0];
  for (let vertex = 0; vertex < rank.length; vertex++) if (roles[vertex] === role.box) least = Math.min(least, rank[vertex]!);
  let first = roles.includes(role.wayIn) ? 1 : 0;
  for (let link = 0; link < from.length; link++) if (feedback[link] && rank[to[link]!] === least) first = 1;
  for (let vertex = 0; vertex < rank.length; vertex++) {
    rank[vertex] = roles[vertex] === role.wayIn ? 0 : rank[vertex]! - least + first;
    if (roles[vertex] === role.box) most = Math.max(most, rank[vertex]! + span[vertex]!);
  }
  let extra = roles.includes(role.wayOut) ? 1 : 0;
  for (let link = 0; link < from.length; link++) if (feedback[link] && rank[from[link]!]! + span[from[link]!]! === most) extra = 1;
  for (let vertex = 0; vertex < rank.length; vertex++) if (roles[vertex] === role.wayOut) rank[vertex] = most;
  return { rank, span, count: most + extra };
}

import { groupBy } from './adjacency.ts';
import type { Order } from './order.ts';
import type { ProperGraph } from './proper-graph.ts';

/** Vertices that stand straight below each other. */
export interface Columns {
  readonly count: number;
  readonly of: Int32Array;
  /** A vertex's middle, from the column's x. */
  readonly offset: Float64Array;
  /** 1 for edges that are vertical. */
  readonly straight: Uint8Array;
}

/**
 * Chooses which edges are drawn straight. First the inner ones of lines, then between each two rows the edges that lie on the longest ways through the
 * graph, so that the trunk of a network is one vertical line and its skips bend; of edges alike the one in the middle. No two of them cross.
 */
export function alignColumns(graph: ProperGraph, order: Order): Columns {
  const { ranks, rank, tail, head, tailX, headX, innerDown } = graph;
  const through = longestWays(graph);
  const straight = new Uint8Array(tail.length);
  const [below, above] = [new Int32Array(rank.length).fill(-1), new Int32Array(rank.length).fill(-1)];
  const take = (edge: number): void => {
    straight[edge] = 1;
    below[tail[edge]!] = edge;
    above[head[edge]!] = edge;
  };
  const byRow = groupBy(
    ranks,
    tail.map((vertex) => rank[vertex]!),
  );
  for (let row = 0; row < ranks; row++) {
    const candidates: number[] = [];
    for (let i = byRow.starts[row]!; i < byRow.starts[row + 1]!; i++) {
      const edge = byRow.items[i]!;
      if (innerDown[tail[edge]!] === head[edge]) take(edge);
      else candidates.push(edge);
    }
    const kept = new Monotonic(order.place, tail, head);
    for (let i = order.starts[row]!; i < order.starts[row + 1]!; i++) if (below[order.row[i]!]! >= 0) kept.push(below[order.row[i]!]!);
    const fromTail = besides(graph, order, candidates, through, false);
    const fromHead = besides(graph, order, candidates, through, true);
    candidates.sort((a, b) => through[b]! - through[a]! || a - b);
    for (const edge of candidates) {
      if (below[tail[edge]!]! >= 0 || above[head[edge]!]! >= 0 || fromTail.has(edge) || fromHead.has(edge)) continue;
      if (kept.insert(edge)) take(edge);
    }
  }
  const of = new Int32Array(rank.length);
  const offset = new Float64Array(rank.length);
  let count = 0;
  for (let row = 0; row < ranks; row++) {
    for (let i = order.starts[row]!; i < order.starts[row + 1]!; i++) {
      const vertex = order.row[i]!;
      const edge = above[vertex]!;
      of[vertex] = edge < 0 ? count++ : of[tail[edge]!]!;
      if (edge >= 0) offset[vertex] = offset[tail[edge]!]! + tailX[edge]! - headX[edge]!;
    }
  }
  return { count, of, offset, straight };
}

/** Of each edge: how many boxes lie on the longest way over it; what leads to a line or from one counts less than what joins boxes. */
function longestWays({ ranks, rank, isLine, tail, head, down, up }: ProperGraph): Float64Array {
  const rows = groupBy(ranks, rank);
  const [fromTop, toEnd] = [new Int32Array(rank.length), new Int32Array(rank.length)];
  for (const vertex of rows.items) {
    for (let i = up.starts[vertex]!; i < up.starts[vertex + 1]!; i++)
      fromTop[vertex] = Math.max(fromTop[vertex]!, fromTop[tail[up.items[i]!]!]!);
    fromTop[vertex]! += 1 - isLine[vertex]!;
  }
  for (let i = rows.items.length - 1; i >= 0; i--) {
    const vertex = rows.items[i]!;
    for (let j = down.starts[vertex]!; j < down.starts[vertex + 1]!; j++)
      toEnd[vertex] = Math.max(toEnd[vertex]!, toEnd[head[down.items[j]!]!]!);
    toEnd[vertex]! += 1 - isLine[vertex]!;
  }
  return Float64Array.from(tail, (vertex, edge) => {
    const lines = isLine[vertex]! + isLine[head[edge]!]!;
    return fromTop[vertex]! + toEnd[head[edge]!]! - lines * rank.length;
  });
}

/**
 * Edges that do not go on straight because another at the same box is better, or as good: of branches that are alike only the one in the middle does, and
 * where there is none their box stands between them. `above`: at the boxes they enter, else at those they leave.
 */
function besides(
  { tail, head }: ProperGraph,
  { place }: Order,
  edges: readonly number[],
  through: Float64Array,
  above: boolean,
): Set<number> {
  const [at, ends] = above ? [head, tail] : [tail, head];
  const best = new Map<number, number[]>();
  for (const edge of edges) {
    const group = best.get(at[edge]!);
    if (!group || through[edge]! > through[group[0]!]!) best.set(at[edge]!, [edge]);
    else if (through[edge] === through[group[0]!]) group.push(edge);
  }
  const straight = new Set<number>();
  for (const group of best.values()) {
    group.sort((a, b) => place[ends[a]!]! - place[ends[b]!]!);
    if (group.length % 2) straight.add(group[group.length >> 1]!);
  }
  return new Set(edges.filter((edge) => best.get(at[edge]!)!.length > 1 && !straight.has(edge)));
}

/** Edges between two rows that do not cross: sorted by both ends. */
class Monotonic {
  readonly #edges: number[] = [];
  readonly #place: Int32Array;
  readonly #tail: Int32Array;
  readonly #head: Int32Array;

  constructor(place: Int32Array, tail: Int32Array, head: Int32Array) {
    this.#place = place;
    this.#tail = tail;
    this.#head = head;
  }

  /** Adds one that is known to lie to the right of all. */
  push(edge: number): void {
    this.#edges.push(edge);
  }

  /** Adds an edge unless it crosses one. */
  insert(edge: number): boolean {
    const [tail, head] = [this.#place[this.#tail[edge]!]!, this.#place[this.#head[edge]!]!];
    let [low, high] = [0, this.#edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#place[this.#tail[this.#edges[middle]!]!]! < tail) low = middle + 1;
      else high = middle;
    }
    const [left, right] = [this.#edges[low - 1], this.#edges[low]];
    if (left !== undefined && this.#place[this.#head[left]!]! > head) return false;
    if (right !== undefined && this.#place[this.#head[right]!]! < head) return false;
    this.#edges.splice(low, 0, edge);
    return true;
  }
}

import { type Adjacency, groupBy } from './adjacency.ts';
import type { Columns } from './align.ts';
import type { Separations } from './place.ts';
import type { ProperGraph } from './proper-graph.ts';

/** Closer than this counts as touching, CSS pixels. */
const epsilon = 1e-6;
const rounds = 40;

/** The bent edges, each seen from both its columns: the column at the other end, and how far apart the two x are when the edge is straight. */
interface Pulls {
  readonly ofColumn: Adjacency;
  readonly other: Int32Array;
  readonly shift: Float64Array;
}

/**
 * Moves columns towards the ends of their bent edges without ever violating a separation: first by the mean pull, where columns that push against
 * each other move as one (the pendulum method: Sander 1996, "A fast heuristic for hierarchical Manhattan layout", 4), then each by itself to the median,
 * which shortens what is left.
 */
export function relax(
  graph: ProperGraph,
  columns: Columns,
  separations: Separations,
  start: Float64Array,
  order: Int32Array,
): Float64Array {
  const { count } = columns;
  const pulls = collectPulls(graph, columns);
  const x = start.slice();
  const move = mover(x, separations, order, groupBy(count, separations.left), groupBy(count, separations.right));
  const wish = new Float64Array(count);
  const weight = new Float64Array(count);
  for (let round = 0; round < rounds; round++) {
    for (let column = 0; column < count; column++) {
      const [begin, end] = [pulls.ofColumn.starts[column]!, pulls.ofColumn.starts[column + 1]!];
      let sum = 0;
      for (let i = begin; i < end; i++)
        sum += x[pulls.other[pulls.ofColumn.items[i]!]!]! + pulls.shift[pulls.ofColumn.items[i]!]! - x[column]!;
      weight[column] = end - begin;
      wish[column] = end > begin ? sum / (end - begin) : 0;
    }
    joinTouching(x, wish, weight, separations);
    if (move(wish) < 0.01 * count) break;
  }
  for (let round = 0; round < 8; round++) {
    for (let column = 0; column < count; column++) wish[column] = medianPull(x, column, pulls);
    if (move(wish) < 0.01 * count) break;
  }
  return x.map(Math.round);
}

function collectPulls({ tail, head, tailX, headX }: ProperGraph, { count, of, offset, straight }: Columns): Pulls {
  const [column, other, shift]: number[][] = [[], [], []];
  for (let edge = 0; edge < tail.length; edge++) {
    const [a, b] = [of[tail[edge]!]!, of[head[edge]!]!];
    if (straight[edge] || a === b) continue;
    const between = offset[head[edge]!]! + headX[edge]! - offset[tail[edge]!]! - tailX[edge]!;
    column!.push(a, b);
    other!.push(b, a);
    shift!.push(between, -between);
  }
  return { ofColumn: groupBy(count, column!), other: Int32Array.from(other!), shift: Float64Array.from(shift!) };
}

function medianPull(x: Float64Array, column: number, { ofColumn, other, shift }: Pulls): number {
  const [begin, end] = [ofColumn.starts[column]!, ofColumn.starts[column + 1]!];
  if (begin === end) return 0;
  const wanted = ofColumn.items.subarray(begin, end);
  const targets = Float64Array.from(wanted, (pull) => x[other[pull]!]! + shift[pull]!).sort();
  const [low, high] = [targets[(targets.length - 1) >> 1]!, targets[targets.length >> 1]!];
  return Math.max(low, Math.min(high, x[column]!)) - x[column]!;
}

/** Where a column and its right neighbour touch and would push each other, both wish for the mean of their wishes. */
function joinTouching(x: Float64Array, wish: Float64Array, weight: Float64Array, { left, right, least }: Separations): void {
  const region = Int32Array.from(x.keys());
  const find = (column: number): number => {
    while (region[column] !== column) column = region[column] = region[region[column]!]!;
    return column;
  };
  for (let pass = 0, changed = true; changed && pass < 12; pass++) {
    changed = false;
    for (let pair = 0; pair < left.length; pair++) {
      if (x[right[pair]!]! - x[left[pair]!]! > least[pair]! + 0.5) continue;
      const [a, b] = [find(left[pair]!), find(right[pair]!)];
      if (a === b || wish[a]! <= wish[b]! + epsilon) continue;
      const total = weight[a]! + weight[b]!;
      if (total > 0) wish[a] = (wish[a]! * weight[a]! + wish[b]! * weight[b]!) / total;
      weight[a] = total;
      region[b] = a;
      changed = true;
    }
  }
  for (let column = 0; column < x.length; column++) wish[column] = wish[find(column)]!;
}

/** Moves all columns as far as they wish and their neighbours allow; returns how far all went together. */
function mover(
  x: Float64Array,
  { left, right, least }: Separations,
  order: Int32Array,
  after: Adjacency,
  before: Adjacency,
): (wish: Float64Array) => number {
  return (wish) => {
    let moved = 0;
    for (let i = order.length - 1; i >= 0; i--) {
      const column = order[i]!;
      if (wish[column]! <= 0) continue;
      let room = x[column]! + wish[column]!;
      for (let j = after.starts[column]!; j < after.starts[column + 1]!; j++)
        room = Math.min(room, x[right[after.items[j]!]!]! - least[after.items[j]!]!);
      if (room <= x[column]!) continue;
      moved += room - x[column]!;
      x[column] = room;
    }
    for (const column of order) {
      if (wish[column]! >= 0) continue;
      let room = x[column]! + wish[column]!;
      for (let j = before.starts[column]!; j < before.starts[column + 1]!; j++)
        room = Math.max(room, x[left[before.items[j]!]!]! + least[before.items[j]!]!);
      if (room >= x[column]!) continue;
      moved += x[column]! - room;
      x[column] = room;
    }
    return moved;
  };
}

import { groupBy } from './adjacency.ts';
import type { Columns } from './align.ts';
import { gaps } from './flat-graph.ts';
import type { Order } from './order.ts';
import type { ProperGraph } from './proper-graph.ts';
import { relax } from './relax.ts';

/** Pairs of columns that stand beside each other somewhere, and how far apart their x must be. */
export interface Separations {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly least: Float64Array;
}

/** Middle of each vertex, as near to its neighbours as its row allows; the leftmost border is at 0. */
export function placeColumns(graph: ProperGraph, order: Order, columns: Columns): { x: Float64Array; width: number } {
  const { width, rank } = graph;
  const separations = separate(graph, order, columns);
  const first = compact(graph, columns, separations);
  const at = relax(graph, columns, separations, first.x, first.order);
  const x = new Float64Array(rank.length);
  let [least, most] = [Infinity, -Infinity];
  for (let vertex = 0; vertex < x.length; vertex++) {
    x[vertex] = at[columns.of[vertex]!]! + columns.offset[vertex]!;
    least = Math.min(least, x[vertex]! - width[vertex]! / 2);
    most = Math.max(most, x[vertex]! + width[vertex]! / 2);
  }
  for (let vertex = 0; vertex < x.length; vertex++) x[vertex]! -= least;
  return { x, width: most - least };
}

function separate({ ranks, width, isLine }: ProperGraph, { row, starts }: Order, { of, offset, count }: Columns): Separations {
  const [left, right, least]: number[][] = [[], [], []];
  // A column mostly keeps its neighbour from row to row: the last pair it was seen in is enough to keep the list short.
  const [lastRight, lastPair] = [new Int32Array(count).fill(-1), new Int32Array(count)];
  for (let rank = 0; rank < ranks; rank++) {
    for (let i = starts[rank]! + 1; i < starts[rank + 1]!; i++) {
      const [a, b] = [row[i - 1]!, row[i]!];
      const lines = isLine[a]! + isLine[b]!;
      const gap = lines === 2 ? gaps.lines : lines === 1 ? gaps.boxAndLine : gaps.boxes;
      const distance = width[a]! / 2 + width[b]! / 2 + gap + offset[a]! - offset[b]!;
      const [one, other] = [of[a]!, of[b]!];
      if (lastRight[one] === other) least![lastPair[one]!] = Math.max(least![lastPair[one]!]!, distance);
      else {
        lastRight[one] = other;
        lastPair[one] = left!.push(one) - 1;
        right!.push(other);
        least!.push(distance);
      }
    }
  }
  return { left: Int32Array.from(left!), right: Int32Array.from(right!), least: Float64Array.from(least!) };
}

/** Columns from left to right, and the mean of where they stand when all are pushed to the left and all to the right. */
function compact(
  { width }: ProperGraph,
  { of, offset, count }: Columns,
  { left, right, least }: Separations,
): { x: Float64Array; order: Int32Array } {
  const [after, before] = [groupBy(count, left), groupBy(count, right)];
  const order = new Int32Array(count);
  const missing = Int32Array.from(order, (_, column) => before.starts[column + 1]! - before.starts[column]!);
  let end = 0;
  for (let column = 0; column < count; column++) if (missing[column] === 0) order[end++] = column;
  for (let begin = 0; begin < end; begin++) {
    const column = order[begin]!;
    for (let i = after.starts[column]!; i < after.starts[column + 1]!; i++) {
      if (--missing[right[after.items[i]!]!]! === 0) order[end++] = right[after.items[i]!]!;
    }
  }
  const [toLeft, toRight] = [new Float64Array(count), new Float64Array(count)];
  for (let vertex = 0; vertex < of.length; vertex++) {
    const column = of[vertex]!;
    toLeft[column] = Math.max(toLeft[column]!, width[vertex]! / 2 - offset[vertex]!);
    toRight[column] = Math.max(toRight[column]!, width[vertex]! / 2 + offset[vertex]!);
  }
  const x = toLeft.slice();
  for (const column of order) {
    for (let i = after.starts[column]!; i < after.starts[column + 1]!; i++) {
      const pair = after.items[i]!;
      x[right[pair]!] = Math.max(x[right[pair]!]!, x[column]! + least[pair]!);
    }
  }
  let widest = 0;
  for (let column = 0; column < count; column++) widest = Math.max(widest, x[column]! + toRight[column]!);
  const far = toRight.map((extent) => widest - extent);
  for (let i = count - 1; i >= 0; i--) {
    const column = order[i]!;
    for (let j = before.starts[column]!; j < before.starts[column + 1]!; j++) {
      const pair = before.items[j]!;
      far[left[pair]!] = Math.min(far[left[pair]!]!, far[column]! - least[pair]!);
    }
  }
  return { x: x.map((near, column) => (near + far[column]!) / 2), order };
}

import type { Order } from './order.ts';
import { portOffset } from './ports.ts';
import type { ProperGraph } from './proper-graph.ts';

/** How many pairs of edges cross between the rows of an order: inversions, counted while sorting (Waddle and Malhotra 1999). */
export function countCrossings(graph: ProperGraph, order: Order): number {
  const { ranks, down, head, headX, tailX, width } = graph;
  const { row, starts, place } = order;
  let crossings = 0;
  let keys = new Float64Array(64);
  let scratch = new Float64Array(64);
  const own: number[] = [];
  for (let rank = 0; rank + 1 < ranks; rank++) {
    let edges = 0;
    for (let i = starts[rank]!; i < starts[rank + 1]!; i++) {
      const vertex = row[i]!;
      own.length = 0;
      for (let j = down.starts[vertex]!; j < down.starts[vertex + 1]!; j++) own.push(down.items[j]!);
      const key = (edge: number): number => place[head[edge]!]! + portOffset(width[head[edge]!]!, headX[edge]!);
      if (own.length > 1) own.sort((a, b) => tailX[a]! - tailX[b]! || key(a) - key(b));
      if (edges + own.length > keys.length) {
        const larger = new Float64Array(2 * (edges + own.length));
        larger.set(keys);
        [keys, scratch] = [larger, new Float64Array(larger.length)];
      }
      for (const edge of own) keys[edges++] = key(edge);
    }
    crossings += sortCounting(keys, scratch, edges);
  }
  return crossings;
}

/** Sorts the first `count` keys; returns how many pairs stood the wrong way round. Keys in order cost one look each. */
function sortCounting(keys: Float64Array, scratch: Float64Array, count: number): number {
  let inversions = 0;
  for (let width = 1; width < count; width *= 2) {
    for (let begin = 0; begin + width < count; begin += 2 * width) {
      const [middle, end] = [begin + width, Math.min(count, begin + 2 * width)];
      if (keys[middle - 1]! <= keys[middle]!) continue;
      let [left, right, out] = [begin, middle, begin];
      while (left < middle && right < end) {
        if (keys[left]! <= keys[right]!) scratch[out++] = keys[left++]!;
        else {
          inversions += middle - left;
          scratch[out++] = keys[right++]!;
        }
      }
      while (left < middle) scratch[out++] = keys[left++]!;
      keys.set(scratch.subarray(begin, out), begin);
    }
  }
  return inversions;
}

import { groupBy } from './adjacency.ts';
import type { FlatGraph } from './flat-graph.ts';

/**
 * 1 for each link that leads back: without them the graph has no cycle. Those that a depth-first walk in the order of the input finds leading to a
 * vertex on its own path, so that a graph without cycles keeps all its links.
 */
export function feedbackLinks({ width, from, to }: FlatGraph): Uint8Array {
  const count = width.length;
  const leaving = groupBy(count, from);
  const entering = groupBy(count, to);
  const feedback = new Uint8Array(from.length);
  const state = new Uint8Array(count); // 1: on the path, 2: done
  const next = leaving.starts.slice(0, count);
  const path = new Int32Array(count);
  const walk = (root: number): void => {
    let depth = 0;
    path[depth++] = root;
    state[root] = 1;
    while (depth > 0) {
      const vertex = path[depth - 1]!;
      if (next[vertex] === leaving.starts[vertex + 1]) {
        state[vertex] = 2;
        depth--;
        continue;
      }
      const link = leaving.items[next[vertex]!++]!;
      const target = to[link]!;
      if (state[target] === 1) feedback[link] = 1;
      else if (state[target] === 0) {
        state[target] = 1;
        path[depth++] = target;
      }
    }
  };
  for (let vertex = 0; vertex < count; vertex++) if (entering.starts[vertex] === entering.starts[vertex + 1]) walk(vertex);
  for (let vertex = 0; vertex < count; vertex++) if (state[vertex] === 0) walk(vertex);
  return feedback;
}

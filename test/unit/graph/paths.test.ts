import fc from 'fast-check';
import { expect, it } from 'vitest';
import { between, dependencies, dependents } from '../../../webview/graph/paths.ts';
import { graphOf, node } from './graphs.ts';

const small = fc
  .tuple(fc.integer({ min: 2, max: 7 }), fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 14 }))
  .map(([count, edges]) => graphOf(Array.from({ length: count }, () => node()), edges.map(([a, b]) => [a % count, b % count]))); // prettier-ignore

/** Nodes of all walks from a node, found by joining edges until nothing is added. */
function walks(edges: readonly (readonly [number, number])[], from: number): Set<number> {
  const found = new Set([from]);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [a, b] of edges) if (found.has(a)) found.add(b);
  }
  return found;
}

it('follow edges as a search that joins edge to edge does', () => {
  fc.assert(
    fc.property(small, fc.nat(6), fc.nat(6), (graph, a, b) => {
      const count = graph.nodes.length;
      const [one, other] = [a % count, b % count];
      const forth = graph.edges.map(({ from, to }) => [from, to] as const);
      const back = graph.edges.map(({ from, to }) => [to, from] as const);
      expect(dependents(graph, one)).toEqual(walks(forth, one));
      expect(dependencies(graph, one)).toEqual(walks(back, one));
      const on = (start: number, end: number): number[] =>
        [...walks(forth, start)].filter((through) => walks(forth, through).has(end)).sort((x, y) => x - y);
      const expected = on(one, other).length > 0 ? on(one, other) : on(other, one);
      expect([...between(graph, one, other)].sort((x, y) => x - y)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

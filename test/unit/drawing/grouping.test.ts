import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupNodes } from '../../../src/engine/drawing/grouping/group.ts';
import type { DrawableEdge, DrawableGraph } from '../../../src/protocol/drawable.ts';

/** A neutral graph of operators: edges go from earlier to later nodes. */
function graphOf(names: readonly string[], pairs: readonly (readonly [number, number])[], ops: readonly string[] = ['A']): DrawableGraph {
  const edges = pairs.map(([from, to]): DrawableEdge => ({ from, to, value: 0, output: 0, input: 0 }));
  const nodes = names.map((name, id) => ({
    kind: 'operator' as const,
    category: 'other' as const,
    title: ops[id % ops.length]!,
    name,
    lines: [],
    group: -1,
  }));
  return { nodes, edges, values: [], groups: [], notes: [] };
}

function group(graph: DrawableGraph): DrawableGraph {
  const nodes = graph.nodes.map((_, id) => id);
  groupNodes(graph, { nodes, edges: graph.edges, parent: -1, likeness: (id) => graph.nodes[id]!.title });
  return graph;
}

/** What is drawn in a node's place while these groups are folded: the outermost folded group around it, or the node. */
function boxOf({ nodes, groups }: DrawableGraph, folded: ReadonlySet<number>, id: number): string {
  let box = `n${id}`;
  for (let at = nodes[id]!.group; at >= 0; at = groups[at]!.parent) if (folded.has(at)) box = `g${at}`;
  return box;
}

function hasCircle(graph: DrawableGraph, folded: ReadonlySet<number>): boolean {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of graph.edges) {
    const [a, b] = [boxOf(graph, folded, from), boxOf(graph, folded, to)];
    if (a !== b) next.set(a, (next.get(a) ?? new Set()).add(b));
  }
  // Boxes without an edge into them are taken away until none is left: what stays lies on circles.
  const entering = new Map<string, number>();
  for (const targets of next.values()) for (const to of targets) entering.set(to, (entering.get(to) ?? 0) + 1);
  const free = [...next.keys()].filter((box) => !entering.has(box));
  for (let box = free.pop(); box !== undefined; box = free.pop()) {
    for (const to of next.get(box) ?? []) {
      entering.set(to, entering.get(to)! - 1);
      if (entering.get(to) === 0) free.push(to);
    }
  }
  return [...entering.values()].some((count) => count > 0);
}

const segment = fc.constantFrom('a', 'b', 'c');
const someName = fc.array(segment, { maxLength: 4 }).map((parts) => parts.join('/'));
const someGraph = fc
  .record({
    names: fc.array(someName, { minLength: 2, maxLength: 40 }),
    ops: fc.constantFrom(['A'], ['A', 'B'], ['A', 'B', 'C', 'D', 'E']),
  })
  .chain(({ names, ops }) =>
    fc.array(fc.tuple(fc.nat(names.length - 1), fc.nat(names.length - 1)), { maxLength: 80 }).map((pairs) =>
      graphOf(
        names,
        pairs.filter(([from, to]) => from < to),
        ops,
      ),
    ),
  );

describe('groups', () => {
  it('make no circle, whichever of them are folded', () => {
    fc.assert(
      fc.property(someGraph, fc.infiniteStream(fc.boolean()), (graph, coin) => {
        group(graph);
        const folded = new Set(graph.groups.flatMap((_, id) => (coin.next().value ? [id] : [])));
        expect(hasCircle(graph, folded)).toBe(false);
        expect(hasCircle(graph, new Set(graph.groups.keys()))).toBe(false);
      }),
      { numRuns: 600 },
    );
  });

  it('hold two nodes or more, come after the group they lie in, and lie in the same place each time', () => {
    fc.assert(
      fc.property(someGraph, (graph) => {
        const copy = structuredClone(graph);
        group(graph);
        graph.groups.forEach(({ parent }, id) => {
          expect(parent).toBeLessThan(id);
          expect(graph.nodes.filter((_, node) => boxOf(graph, new Set([id]), node) === `g${id}`).length).toBeGreaterThan(1);
        });
        expect(group(copy)).toEqual(graph);
      }),
      { numRuns: 300 },
    );
  });

  const chain = (names: readonly string[]): DrawableGraph =>
    group(
      graphOf(
        names,
        names.slice(1).map((_, i) => [i, i + 1]),
      ),
    );
  const titles = (graph: DrawableGraph): string[] =>
    graph.groups.map(({ title, parent }) => `${parent < 0 ? '' : `${graph.groups[parent]!.title} > `}${title}`);

  it('follow the names of PyTorch, without the part that all share', () => {
    const graph = chain([
      '/net/stem/Conv',
      '/net/stem/Relu',
      '/net/layer1/0/Conv',
      '/net/layer1/0/Relu',
      '/net/layer1/1/Conv',
      '/net/layer1/1/Relu',
    ]);
    expect(titles(graph)).toEqual(['stem', 'layer1', 'layer1 > 0', 'layer1 > 1']);
    expect(graph.groups[2]!.alike).toBe(graph.groups[3]!.alike);
  });

  it('join scopes that hold only one other', () => {
    const graph = chain(['model/a/b/c/Conv', 'model/a/b/c/Relu', 'model/d/e/Conv', 'model/d/e/Relu']);
    expect(titles(graph)).toEqual(['a/b/c', 'd/e']);
  });

  it('take dots for parts where names have no slashes', () => {
    expect(titles(chain(['features.0.conv', 'features.0.act', 'features.1.conv', 'features.1.act', 'head.fc', 'head.act']))).toEqual([
      'features',
      'features > 0',
      'features > 1',
      'head',
    ]);
  });

  it('cut a scope where data leaves it and comes back', () => {
    const graph = chain(['a/1', 'a/2', 'b/1', 'b/2', 'a/3', 'a/4']);
    expect(titles(graph)).toEqual(['a (part 1 of 2)', 'b', 'a (part 2 of 2)']);
  });

  it('are made in time that grows with the graph', () => {
    const count = 25_000;
    const names = Array.from({ length: count }, (_, i) => `/s${i % 7}/b${i}/x`);
    const pairs = Array.from({ length: count - 1 }, (_, i): [number, number] => [i, i + 1]);
    expect(group(graphOf(names, pairs)).nodes.length).toBe(count);
    const deep = Array.from({ length: 2000 }, (_, i) => `${'d/'.repeat(i % 500)}x`.repeat(20));
    expect(group(graphOf(deep, [])).nodes.length).toBe(2000);
  });
});

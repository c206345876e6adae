import fc from 'fast-check';
import type { DrawableGraph, DrawableGroup, DrawableNode } from '../../../src/protocol/drawable.ts';

export const node = (over: Partial<DrawableNode> = {}): DrawableNode => ({
  kind: 'operator',
  category: 'other',
  title: 'Conv',
  name: '',
  lines: [],
  group: -1,
  ...over,
});

export const group = (over: Partial<DrawableGroup> = {}): DrawableGroup => ({
  kind: 'scope',
  title: 'group',
  lines: [],
  parent: -1,
  ...over,
});

export function graphOf(nodes: DrawableNode[], edges: [from: number, to: number][], groups: DrawableGroup[] = []): DrawableGraph {
  return {
    nodes,
    edges: edges.map(([from, to], value) => ({ from, to, value, output: 0, input: 0 })),
    values: edges.map((_, value) => ({ name: `v${value}`, type: 'float32', shape: [1, value] })),
    groups,
    notes: [],
  };
}

/** Groups in groups, nodes anywhere in them, edges from anywhere to anywhere. */
export const anyGraph: fc.Arbitrary<DrawableGraph> = fc
  .record({
    groups: fc.array(fc.nat(100), { maxLength: 8 }),
    nodes: fc.array(fc.record({ group: fc.nat(100), into: fc.option(fc.nat(100), { freq: 5 }) }), { minLength: 1, maxLength: 24 }),
    edges: fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { maxLength: 40 }),
  })
  .map(({ groups, nodes, edges }) => {
    const made = groups.map((parent, at) => group({ title: `g${at}`, parent: (parent % (at + 1)) - 1 }));
    const drawn = nodes.map((one, at) => node({ name: `n${at}`, group: (one.group % (made.length + 1)) - 1 }));
    const whole = (at: number): boolean => nodes[at]!.into === null;
    // Parts belong to nodes that are no parts, and have no edges.
    nodes.forEach(({ into }, at) => {
      if (into !== null && at > 0 && whole(into % at)) drawn[at] = { ...drawn[at]!, into: into % at, group: drawn[into % at]!.group };
    });
    const ends = drawn.flatMap(({ into }, at) => (into === undefined ? [at] : []));
    return graphOf(drawn, edges.map(([from, to]) => [ends[from % ends.length]!, ends[to % ends.length]!]), made); // prettier-ignore
  });

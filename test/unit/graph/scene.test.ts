import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DrawableGraph } from '../../../src/protocol/drawable.ts';
import { groupsOpenAtFirst } from '../../../webview/graph/open-groups.ts';
import { buildScene, nodesOf, type Scene } from '../../../webview/graph/scene.ts';
import { anyGraph, graphOf, group, node } from './graphs.ts';

const measure = (text: string): number => text.length * 7;
const scene = (graph: DrawableGraph, ...open: number[]): Scene => buildScene(graph, new Set(open), measure);
const named = ({ boxes }: Scene): string[] =>
  boxes.map((box) => (box.kind === 'group' ? `${box.container ? '[' : '<'}${box.title}` : box.name));
const lines = (shown: Scene): string[] => shown.edges.map(({ from, to }) => `${named(shown)[from]} ${named(shown)[to]}`);

const nested = graphOf(
  ['a', 'b', 'c', 'd'].map((name, at) => node({ name, group: [-1, 0, 1, -1][at]! })),
  [[0, 1], [1, 2], [2, 3], [1, 3]], // prettier-ignore
  [group({ title: 'outer' }), group({ title: 'inner', parent: 0 })],
);

describe('what is seen of a graph', () => {
  it('is a box for a folded group, its edges merged', () => {
    const folded = scene(nested);
    expect(named(folded)).toEqual(['<outer', 'a', 'd']);
    expect(lines(folded)).toEqual(['a <outer', '<outer d']);
    expect(folded.edges.map(({ edges }) => edges)).toEqual([[0], [2, 3]]);
  });

  it('is a frame around what lies in an open group', () => {
    const half = scene(nested, 0);
    expect(named(half)).toEqual(['[outer', '<inner', 'a', 'b', 'd']);
    expect([...half.input.parent]).toEqual([-1, 0, -1, 0, -1]);
    expect([...half.input.container]).toEqual([1, 0, 0, 0, 0]);
    expect(named(scene(nested, 0, 1))).toEqual(['[outer', '[inner', 'a', 'b', 'c', 'd']);
    expect(named(scene(nested, 1))).toEqual(['<outer', 'a', 'd']);
  });

  it('is the operator in the place of what lies inside it while that is folded, and its frame while it is open', () => {
    const graph = graphOf(
      [node({ name: 'in' }), node({ name: 'if', title: 'If' }), node({ name: 'then', group: 1 }), node({ name: 'out' })],
      [[0, 1], [1, 3], [0, 2], [2, 3]], // prettier-ignore
      [group({ kind: 'node', title: 'If', owner: 1 }), group({ kind: 'body', title: 'then', parent: 0 })],
    );
    const folded = scene(graph);
    expect(named(folded)).toEqual(['in', 'if', 'out']);
    expect(lines(folded)).toEqual(['in if', 'if out']);
    expect(folded.edges.map(({ edges }) => edges)).toEqual([[0], [1]]);
    expect(nodesOf(folded, 1)).toEqual([1, 2]);
    const open = scene(graph, 0, 1);
    expect(named(open)).toEqual(['[If', '[then', 'in', 'then', 'out']);
    expect(lines(open)).toEqual(['in then', 'then out']);
    expect(open.boxOf[1]).toBe(0);
    expect(named(scene(graph, 0))).toEqual(['[If', '<then', 'in', 'out']);
  });

  it('cuts titles as they are drawn: of inputs and outputs, with signs that are written out, of any length', () => {
    const graph = graphOf(
      [node({ kind: 'input', title: '\u202e'.repeat(30) }), node({ kind: 'output', title: 'w'.repeat(1_000_000) })],
      [],
    );
    const { boxes, input } = scene(graph);
    expect(boxes.map(({ title }) => title.length)).toEqual([30, 30]);
    expect(Math.max(...input.width)).toBeLessThan(30 * 7 + 30);
  });

  it('shows parts of a node with that node', () => {
    const graph = graphOf([node({ name: 'dq', into: 1 }), node({ name: 'conv', group: 0 })], [], [group()]);
    expect(named(scene(graph, 0))).toEqual(['[group', 'conv']);
    expect([...scene(graph, 0).boxOf]).toEqual([1, 1]);
    expect([...scene(graph).boxOf]).toEqual([0, 0]);
    expect(nodesOf(scene(graph), 0)).toEqual([1]);
  });

  it('tells lines of one value from lines of several', () => {
    const graph = graphOf([node(), node(), node()], [[0, 1], [0, 2], [0, 2]], []); // prettier-ignore
    graph.edges[1]!.value = graph.edges[0]!.value;
    const [one, several] = scene(graph).input.values!;
    expect(one).toBe(graph.edges[0]!.value);
    expect(several).toBeLessThan(0);
  });

  it('is the same as by brute force, whatever is open', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(fc.nat(8)), (graph, open) => {
        const shown = scene(graph, ...open);
        const keys = graph.nodes.map((_, id) => key(graph, new Set(open), id));
        const boxKeys = shown.boxes.map((box) => (box.kind === 'group' ? `g${box.group}` : `n${box.node}`));
        graph.nodes.forEach((_, id) => expect(boxKeys[shown.boxOf[id]!]).toBe(keys[id]));
        const pairs = graph.edges.flatMap(({ from, to }) => (keys[from] !== keys[to] || from === to ? [`${keys[from]} ${keys[to]}`] : []));
        expect(shown.edges.map(({ from, to }) => `${boxKeys[from]} ${boxKeys[to]}`)).toEqual([...new Set(pairs)]);
        const inFolded = shown.boxes.flatMap((box, id) => (box.kind === 'group' && !box.container ? nodesOf(shown, id) : []));
        expect(inFolded.length).toBe(keys.filter((key, id) => key.startsWith('g') && graph.nodes[id]!.into === undefined).length);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps hostile texts short and harmless', () => {
    const evil = `<img src=x onerror=alert(1)>\u202e${'x'.repeat(1_000_000)}`;
    const [box] = scene(graphOf([node({ title: evil, name: evil, lines: [evil, '\n'] })], [])).boxes;
    for (const text of [box!.title, ...box!.lines]) {
      expect(text.length).toBeLessThan(60);
      expect(text).not.toMatch(/[\u202e\n]/);
    }
  });
});

/** The box that shows a node, by the rules one after the other: the outermost folded group around what it is a part of. */
function key({ nodes, groups }: DrawableGraph, open: ReadonlySet<number>, id: number): string {
  const { into, group } = nodes[id]!;
  if (into !== undefined) return key({ nodes, groups } as DrawableGraph, open, into);
  let shown = `n${id}`;
  for (let at = group; at >= 0; at = groups[at]!.parent) if (!open.has(at)) shown = `g${at}`;
  return shown;
}

describe('groups that are open at first', () => {
  const groups = [group(), group({ kind: 'repeat', parent: 0 }), group({ kind: 'node' }), group({ kind: 'body', parent: 2 })];

  it('are all but those inside operators where the graph can be shown whole', () => {
    expect([...groupsOpenAtFirst(graphOf([node()], [], groups))]).toEqual([0, 1]);
  });

  it('are those from the outside in that leave about 500 boxes in a large graph', () => {
    const many = Array.from({ length: 40 }, () => group());
    const nodes = Array.from({ length: 4000 }, (_, at) => node({ group: at % 40 }));
    const graph = graphOf(nodes, [], many);
    const open = groupsOpenAtFirst(graph);
    expect(open.size).toBeGreaterThan(3);
    expect(scene(graph, ...open).boxes.filter(({ container }) => !container).length).toBeLessThanOrEqual(500);
  });
});

describe('names in a chain', () => {
  it('are those of the models within their groups', () => {
    const node = (name: string, group: number): DrawableGraph['nodes'][number] => ({
      kind: 'operator',
      category: 'other',
      title: 'Mul',
      name,
      lines: [],
      group,
    });
    const graph: DrawableGraph = {
      nodes: [node('detect:/a/Mul', 1), node('seam:detect/image/Mul', 2), node('detect:/a/Mul', -1), node('other:/a/Mul', 0)],
      edges: [],
      values: [],
      groups: [
        { kind: 'model', title: 'detect', lines: [], parent: -1 },
        { kind: 'scope', title: 'a', lines: [], parent: 0 },
        { kind: 'seam', title: 'into detect', lines: [], parent: -1 },
      ],
      notes: [],
    };
    const { boxes } = buildScene(graph, new Set([0, 1, 2]), () => 50);
    const shown = boxes.filter(({ kind }) => kind === 'operator').map(({ lines }) => lines[0]);
    expect(shown).toEqual(['/a/Mul', 'image/Mul', 'detect:/a/Mul', 'other:/a/Mul']);
  });
});

import { describe, expect, it } from 'vitest';
import { Graph, Node } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';

/** x -> a -> b -> y, and y = b + a. */
const chain = (): Graph =>
  buildModel({
    inputs: [{ name: 'x', shape: [1] }],
    outputs: ['y'],
    nodes: [
      ['Relu', ['x'], ['a'], {}, { name: 'first' }],
      ['Neg', ['a'], ['b'], {}, { name: 'second' }],
      ['Add', ['b', 'a'], ['y'], {}, { name: 'third' }],
    ],
  }).graph;

/** An If whose branches read `outer` and, one level deeper, `deep`. */
function withBranches(): { graph: Graph; inner: Graph; innermost: Graph } {
  const innermost = buildGraph({ outputs: ['innermost_out'], nodes: [['Add', ['outer', 'deep'], ['innermost_out']]] });
  const other = buildGraph({ outputs: ['deep'], nodes: [] });
  const inner = buildGraph({
    outputs: ['inner_out'],
    nodes: [
      ['Relu', ['outer'], ['inner_made']],
      ['If', ['flag'], ['inner_out'], { then_branch: innermost, else_branch: other }],
    ],
  });
  const graph = buildModel({
    inputs: [{ name: 'flag', type: 'bool', shape: [] }, { name: 'x' }],
    outputs: ['y'],
    nodes: [
      ['Relu', ['x'], ['outer']],
      ['Neg', ['x'], ['deep']],
      ['If', ['flag'], ['y'], { then_branch: inner, else_branch: buildGraph({ outputs: ['outer'], nodes: [] }) }, { name: 'choice' }],
    ],
  }).graph;
  return { graph, inner, innermost };
}

const places = (graph: Graph, value: string): string[] => graph.users(value).map((use) => `${use.node.label}:${use.index}`);

describe('a graph', () => {
  it('knows who makes and who reads a value', () => {
    const graph = chain();
    expect(graph.producer('b')?.name).toBe('second');
    expect(places(graph, 'a')).toEqual(['second:0', 'third:1']);
    expect(graph.users('y')).toEqual([]);
    expect(graph.nodeByLabel('third')?.op).toBe('Add');
    expect(graph.defines('x') && graph.defines('y') && !graph.defines('nothing')).toBe(true);
  });

  it('takes nodes before and after others, and refuses a value made twice or an unknown place', () => {
    const graph = chain();
    const second = graph.nodeByLabel('second')!;
    graph.add(new Node('before', 'Abs', ['a'], ['p']), { before: second });
    graph.add(new Node('after', 'Abs', ['b'], ['q']), { after: second });
    graph.add(new Node('front', 'Abs', ['x'], ['r']), { before: graph.nodes[0] });
    expect(graph.nodes.map((node) => node.name)).toEqual(['front', 'first', 'before', 'second', 'after', 'third']);
    expect(() => graph.add(new Node('again', 'Abs', ['x'], ['a']))).toThrow(expect.objectContaining({ code: 'graph.duplicate-value' }));
    const stranger = new Node('stranger', 'Abs', ['x'], ['s']);
    expect(() => graph.add(new Node('lost', 'Abs', ['x'], ['t']), { after: stranger })).toThrow(/not in this graph/);
  });

  it('may be changed while its nodes are walked', () => {
    const graph = chain();
    for (const node of graph.nodes) {
      graph.add(new Node(`copy_${node.name}`, node.op, node.inputs, node.outputs.map((name) => `${name}_copy`)), { before: node }); // prettier-ignore
      graph.remove(node);
    }
    expect(graph.nodes.map((node) => node.name)).toEqual(['copy_first', 'copy_second', 'copy_third']);
    expect(graph.producer('a')).toBeUndefined();
    expect(places(graph, 'a')).toEqual(['copy_second:0', 'copy_third:1']);
  });

  it('removes nodes with their reads', () => {
    const graph = chain();
    graph.remove(graph.nodeByLabel('second')!, graph.nodeByLabel('third')!);
    expect(graph.users('a')).toEqual([]);
    expect(graph.nodes).toHaveLength(1);
    expect(graph.nodeByLabel('third')).toBeUndefined();
  });

  it('rewires inputs and outputs', () => {
    const graph = chain();
    const third = graph.nodeByLabel('third')!;
    graph.setInput(third, 1, 'x');
    expect(places(graph, 'a')).toEqual(['second:0']);
    graph.setInput(third, 1, '');
    expect(third.inputs).toEqual(['b']);
    graph.setInput(third, 2, 'a');
    expect(third.inputs).toEqual(['b', '', 'a']);
    graph.setOutput(third, 0, 'z');
    expect([graph.producer('y'), graph.producer('z')]).toEqual([undefined, third]);
    graph.replaceUses('a', 'x', (use) => use.node === third);
    expect(places(graph, 'a')).toEqual(['third:2']);
  });

  it('renames a value everywhere', () => {
    const graph = chain();
    graph.valueInfo.set('a', { name: 'a' });
    graph.rename('a', 'middle');
    graph.rename('y', 'result');
    graph.rename('x', 'picture');
    expect(() => graph.rename('b', 'middle')).toThrow(expect.objectContaining({ code: 'graph.duplicate-value' }));
    expect(graph.nodes.map((node) => [...node.inputs, ...node.outputs])).toEqual([
      ['picture', 'middle'],
      ['middle', 'b'],
      ['b', 'middle', 'result'],
    ]);
    expect([graph.inputs[0]!.name, graph.outputs[0]!.name, [...graph.valueInfo.keys()]]).toEqual(['picture', 'result', ['middle']]);
  });

  it('sorts only what needs sorting, and finds circles', () => {
    const graph = chain();
    const before = [...graph.nodes];
    graph.sort();
    expect(graph.nodes).toEqual(before);
    const first = graph.nodeByLabel('first')!;
    graph.remove(first);
    graph.add(first);
    expect(graph.isSorted()).toBe(false);
    graph.sort();
    expect(graph.nodes.map((node) => node.name)).toEqual(['first', 'second', 'third']);
    graph.setInput(first, 0, 'y');
    expect(() => graph.topologicalOrder()).toThrow(expect.objectContaining({ code: 'graph.cycle' }));
  });

  it('drops what nothing reads', () => {
    const graph = chain();
    graph.initializers.set('w', Tensor.float32([1], [1]));
    graph.inputs = [...graph.inputs, { name: 'w' }];
    graph.valueInfo.set('gone', { name: 'gone' });
    graph.prune();
    expect([graph.initializers.size, graph.valueInfo.size, graph.inputs.length]).toEqual([0, 0, 1]);
  });
});

describe('a graph with sub-graphs', () => {
  it('counts captures as reads of the node that holds them', () => {
    const { graph, inner, innermost } = withBranches();
    expect(places(graph, 'outer')).toEqual(['choice:-1']);
    expect(places(graph, 'deep')).toEqual(['choice:-1']);
    expect(inner.captured()).toEqual(new Set(['outer', 'flag', 'deep']));
    innermost.setInput(innermost.nodes[0]!, 1, 'outer');
    expect(inner.captured()).toEqual(new Set(['outer', 'flag', 'deep']));
    const other = inner.nodes[1]!.graphs()[1]!;
    other.outputs = [{ name: 'outer' }];
    expect(places(graph, 'deep')).toEqual([]);
    inner.remove(...inner.nodes);
    expect(places(graph, 'flag')).toEqual(['choice:0']);
  });

  it('orders a node behind what its sub-graphs read', () => {
    const { graph } = withBranches();
    const choice = graph.nodeByLabel('choice')!;
    graph.remove(choice);
    graph.add(choice, { before: graph.nodes[0] });
    graph.sort();
    expect(graph.nodes.at(-1)).toBe(choice);
  });

  it('renames captured values, but not those a sub-graph makes itself', () => {
    const { graph, inner, innermost } = withBranches();
    innermost.setOutput(innermost.nodes[0]!, 0, 'own');
    graph.rename('outer', 'around');
    expect(inner.nodes[0]!.inputs).toEqual(['around']);
    expect(innermost.nodes[0]!.inputs).toEqual(['around', 'deep']);
    expect(graph.nodeByLabel('choice')!.graphs()[1]!.outputs[0]!.name).toBe('around');
    inner.setOutput(inner.nodes[0]!, 0, 'deep');
    graph.rename('deep', 'deeper');
    expect(innermost.nodes[0]!.inputs).toEqual(['around', 'deep']);
  });

  it('gives names that no graph inside or around uses', () => {
    const { graph, innermost } = withBranches();
    expect(graph.uniqueName('innermost_out')).toBe('innermost_out_1');
    expect(innermost.uniqueName('x')).toBe('x_1');
    expect(innermost.uniqueName('fresh')).toBe('fresh');
  });
});

describe('12,000 nodes', () => {
  it('can be built, inserted between, renamed, replaced and removed without growing slow', () => {
    const count = 12_000;
    const graph = new Graph();
    graph.initializers.set('shared', Tensor.float32([], [1]));
    for (let i = 0; i < count; i++) graph.add(new Node(`n${i}`, 'Add', [i ? `v${i - 1}` : 'x', 'shared'], [`v${i}`]));
    const before = process.cpuUsage().user;
    for (const node of graph.nodes) {
      const output = node.outputs[0]!;
      const copy = graph.uniqueName('copy');
      graph.add(new Node(copy, 'Relu', [output], [copy]), { after: node });
      graph.replaceUses(output, copy, (use) => use.node.op === 'Relu');
      expect(graph.nodeByLabel(node.name)).toBe(node);
    }
    graph.replaceUses('shared', 'other');
    for (const node of graph.nodes) if (node.op === 'Relu') graph.replaceUses(node.outputs[0]!, node.inputs[0]!);
    for (const node of graph.nodes) if (node.op === 'Relu') graph.remove(node);
    graph.sort();
    // CPU seconds. Quadratic work takes some ten here, linear work a tenth of one.
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(8);
    expect(graph.users('other')).toHaveLength(count);
    expect(graph.nodes.map((node) => node.inputs[0])).toEqual(['x', ...Array.from({ length: count - 1 }, (_, i) => `v${i}`)]);
  });
});

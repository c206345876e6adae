import type { Model } from '../onnx/graph.ts';
import { dataTypeName } from '../onnx/data-type.ts';
import type { Shapes } from '../ops/infer.ts';
import type { DrawableEdge, DrawableGraph, DrawableNode } from '../../protocol/drawable.ts';
import type { ValueView } from '../../protocol/view.ts';

/** The model as the graph view draws it. */
export function drawModel(model: Model, shapes: Shapes): DrawableGraph {
  const { graph } = model;
  const nodes: DrawableNode[] = graph.nodes.map((node) => ({
    kind: 'operator',
    category: 'other',
    title: node.qualifiedOp,
    name: node.label,
    lines: [],
    group: -1,
  }));
  const ids = new Map(graph.nodes.map((node, id) => [node, id]));
  const values: ValueView[] = [];
  const edges: DrawableEdge[] = [];
  const value = (name: string): number => {
    const known = shapes.of(name);
    return values.push({ name, type: known?.type ? dataTypeName(known.type) : 'unknown', shape: known?.shape ?? null }) - 1;
  };
  for (const { name } of graph.requiredInputs) {
    const from = nodes.push({ kind: 'input', category: 'end', title: name, name, lines: [], group: -1 }) - 1;
    const carried = value(name);
    for (const { node, index } of graph.users(name)) edges.push({ from, to: ids.get(node)!, value: carried, output: 0, input: index });
  }
  graph.nodes.forEach((node, from) => {
    node.outputs.forEach((name, output) => {
      if (name === '') return;
      const carried = value(name);
      for (const { node: user, index } of graph.users(name)) edges.push({ from, to: ids.get(user)!, value: carried, output, input: index });
    });
  });
  for (const { name } of graph.outputs) {
    const to = nodes.push({ kind: 'output', category: 'end', title: name, name, lines: [], group: -1 }) - 1;
    const producer = graph.producer(name);
    if (producer) edges.push({ from: ids.get(producer)!, to, value: value(name), output: producer.outputs.indexOf(name), input: 0 });
  }
  return { nodes, edges, values, groups: [], notes: [] };
}

import { DataType } from '../../../onnx/data-type.ts';
import type { Graph, Node } from '../../../onnx/graph.ts';
import type { Shapes } from '../../../ops/infer.ts';
import type { Simulation } from '../simulation.ts';
import { sourceOf, type Source } from '../ports.ts';

/** One value in both models. */
export interface Port {
  readonly float: string;
  /** As the quantized model's nodes read it. */
  readonly quantized: string;
  /** What is fetched of it. */
  readonly source: Source;
}

export interface BlockPorts {
  readonly inputs: readonly Port[];
  /** Values that later nodes or the model's user read. */
  readonly outputs: readonly Port[];
}

/** Where a block is joined to the rest of both models; `graph`: the float model's, `varies` its varying values. Values that are no floats are not among the outputs. */
export function portsOf(
  graph: Graph,
  shapes: Shapes,
  varies: ReadonlySet<string>,
  simulation: Simulation,
  blocks: readonly (readonly Node[])[],
): BlockPorts {
  const nodes = blocks.flat();
  const inside = new Set(nodes);
  const quantized = simulation.model.graph;
  const port = (float: string, name: string): Port => ({ float, quantized: name, source: sourceOf(quantized, name) });
  const inputs = new Map<string, Port>();
  for (const node of nodes) {
    const copy = simulation.copyOf(node);
    node.inputs.forEach((value, index) => {
      if (!varies.has(value) || inside.has(graph.producer(value)!)) return;
      const name = copy.inputs[index]!;
      inputs.set(name, port(value, name));
    });
  }
  const outputs = new Map<string, Port>();
  const isFloat = (value: string): boolean => shapes.of(value)?.type === DataType.float32;
  const blockOf = new Map(blocks.flatMap((own, i) => own.map((node): [Node, number] => [node, i])));
  for (const value of nodes.flatMap((node) => node.outputs)) {
    if (value === '' || !varies.has(value) || !isFloat(value)) continue;
    for (const { node, index } of graph.users(value)) {
      if (blockOf.get(node) === blockOf.get(graph.producer(value)!) || index < 0) continue;
      const name = simulation.copyOf(node).inputs[index]!;
      outputs.set(name, port(value, name));
    }
    if (graph.isOutput(value)) outputs.set(value, port(value, value));
  }
  return { inputs: [...inputs.values()], outputs: [...outputs.values()] };
}

/** Values that depend on the picture. */
export function varyingValues(graph: Graph): ReadonlySet<string> {
  const varying = new Set(graph.requiredInputs.map(({ name }) => name));
  for (const node of graph.topologicalOrder())
    if (graph.reads(node).some((value) => varying.has(value))) for (const value of node.outputs) varying.add(value);
  return varying;
}

/** The model's outputs that depend on one of these nodes, in the graph's order. */
export function outputsBehind(graph: Graph, nodes: readonly Node[]): string[] {
  const seen = new Set(nodes);
  for (const node of seen) for (const output of node.outputs) for (const { node: user } of graph.users(output)) seen.add(user);
  return graph.outputs.map(({ name }) => name).filter((name) => seen.has(graph.producer(name)!));
}

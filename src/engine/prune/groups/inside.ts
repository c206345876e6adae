import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { findOperator } from '../../ops/index.ts';
import { nodeTitle } from './follow.ts';
import type { KeptGroup } from './types.ts';

/** Function bodies and sub-graphs inside each other that are looked into. */
const depthLimit = 100;

/** Layers inside sub-graphs and model-local functions: their channels stay, since what is inside may run several times or not at all. */
export function keptInside(model: Model): KeptGroup[] {
  const found: KeptGroup[] = [];
  const seen = new Set<Graph>();
  const look = (graph: Graph, reason: string, node: Node | undefined, depth: number): void => {
    if (depth > depthLimit || seen.has(graph)) return;
    seen.add(graph);
    for (const inner of graph.nodes) {
      const channels = channelsOf(model, graph, inner);
      if (channels) found.push({ name: `${graph.name}/${inner.label}`, channels, makers: [], reason, ...(node && { node }) });
      for (const body of inner.graphs()) look(body, reason, node, depth + 1);
    }
  };
  for (const node of model.graph.nodes) for (const body of node.graphs()) look(body, `lies inside ${nodeTitle(node)}`, node, 0);
  for (const { name, body } of model.functions) look(body, `lies inside the function '${name}'`, undefined, 0);
  return found;
}

/** Channels that a layer with stored weights makes; undefined for other nodes. */
function channelsOf(model: Model, graph: Graph, node: Node): number | undefined {
  const role = findOperator(node, model)?.quantize;
  if (role?.kind !== 'compute') return undefined;
  const weight = graph.constant(node.inputs[role.weight] ?? '') ?? model.graph.constant(node.inputs[role.weight] ?? '');
  const axis = weight && role.channelAxis(node, weight.dims.length);
  return axis === undefined ? undefined : weight?.dims[axis];
}

import type { Graph, Node } from '../onnx/graph.ts';

/**
 * Arranges a step's nodes so that ONNX Runtime runs them in an order in which values die early. It goes back from the outputs, at each node first into the
 * input whose node stands last, and runs a node when all its inputs have run (GraphViewer's reverse depth-first order). So:
 *
 * - what needs only values of the forward pass (masks, reordered activations, what is computed a second time) stands before the backward pass: it is
 *   then run where its partner, a gradient, is there, not before;
 * - what only one parameter's gradient needs stands at the end, the first layer's first: the last layer's weight gradients are then run first, and each
 *   layer's before the gradient moves on to the layer below.
 *
 * `seed`: the gradient of the loss by itself; `gradients`: the output with all of them, a Concat in the order of the layers.
 */
export function orderForMemory(graph: Graph, names: { readonly loss: string; readonly seed: string; readonly gradients: string }): void {
  const order = graph.topologicalOrder();
  const forward = ancestors(graph, names.loss);
  const chain = dependents(order, names.seed);
  const last = graph.producer(names.gradients);
  if (!last) return;
  const rank = new Map(order.map((node, index) => [node, index]));
  const own = last.inputs.flatMap((input) => [...exclusive(graph, input, chain, last)].sort((a, b) => rank.get(a)! - rank.get(b)!));
  const placed = new Set([...own, last]);
  const groups = [
    order.filter((node) => forward.has(node)),
    order.filter((node) => !forward.has(node) && !chain.has(node)),
    order.filter((node) => !forward.has(node) && chain.has(node) && !placed.has(node)),
    own,
    [last],
  ];
  graph.remove(...order);
  for (const node of groups.flat()) graph.add(node);
}

/** Whether a node is none of those that a value needs. */
export function laterThan(graph: Graph, value: string): (node: Node) => boolean {
  const before = ancestors(graph, value);
  return (node) => !before.has(node);
}

function ancestors(graph: Graph, value: string): ReadonlySet<Node> {
  const found = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = graph.producer(next);
    if (!node || found.has(node)) continue;
    found.add(node);
    open.push(...graph.reads(node));
  }
  return found;
}

function dependents(order: readonly Node[], value: string): ReadonlySet<Node> {
  const values = new Set([value]);
  const found = new Set<Node>();
  for (const node of order) {
    if (!node.inputs.some((input) => values.has(input))) continue;
    found.add(node);
    for (const output of node.outputs) values.add(output);
  }
  return found;
}

/** Nodes of the chain that are there for this value of the reader's alone. */
function exclusive(graph: Graph, value: string, chain: ReadonlySet<Node>, reader: Node): ReadonlySet<Node> {
  const found = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = graph.producer(next);
    if (!node || found.has(node) || !chain.has(node)) continue;
    const isOthers = (output: string): boolean =>
      graph.isOutput(output) || graph.users(output).some((use) => use.node !== reader && !found.has(use.node));
    if (node.outputs.some(isOthers)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}

import { carryMessage } from './as-read.ts';
import type { Graph, Model, Node, StoredAttribute } from './graph.ts';
import type { Tensor } from './tensor.ts';

/** A place in a model that holds a tensor. */
export interface TensorPlace {
  readonly name: string;
  readonly tensor: Tensor;
  /** True for an initializer, false for a node's attribute. */
  readonly isInitializer: boolean;
  /** Puts the same tensor with its data elsewhere in its place; what else was read with it stays. */
  replace(tensor: Tensor): void;
}

/** Every tensor of a model: initializers and attributes of all its graphs, sub-graphs and functions. */
export function* tensorPlaces(model: Model): Generator<TensorPlace> {
  for (const graph of allGraphs(model)) yield* placesOf(graph);
}

/** The main graph, the functions' bodies, and all graphs inside their nodes. */
export function* allGraphs(model: Model): Generator<Graph> {
  const waiting = [model.graph, ...model.functions.map((item) => item.body)];
  for (let graph = waiting.pop(); graph; graph = waiting.pop()) {
    yield graph;
    for (const node of graph.nodes) if (node.attributes.size) waiting.push(...node.graphs());
  }
}

function* placesOf(graph: Graph): Generator<TensorPlace> {
  for (const [name, tensor] of [...graph.initializers]) {
    yield { name, tensor, isInitializer: true, replace: (other) => void graph.initializers.set(name, carryMessage(tensor, other)) };
  }
  for (const node of graph.nodes) {
    for (const [name, attribute] of node.attributes) yield* attributePlaces(node, name, attribute);
  }
}

function* attributePlaces(node: Node, name: string, attribute: StoredAttribute): Generator<TensorPlace> {
  const place = { name: `${node.label}.${name}`, isInitializer: false };
  if (attribute.kind === 'tensor') {
    const tensor = attribute.value;
    yield {
      ...place,
      tensor,
      replace: (other) => void node.attributes.set(name, carryMessage(attribute, { ...attribute, value: carryMessage(tensor, other) })),
    };
  } else if (attribute.kind === 'tensors') {
    for (const [index, tensor] of attribute.value.entries()) {
      const replace = (other: Tensor): void => {
        const present = node.attributes.get(name);
        if (present?.kind !== 'tensors') return;
        node.attributes.set(name, carryMessage(present, { ...present, value: present.value.with(index, carryMessage(tensor, other)) }));
      };
      yield { ...place, tensor, replace };
    }
  }
}

import { carryMessage } from './as-read.ts';
import { Graph, Model, Node, type StoredAttribute } from './graph.ts';

/** A copy that can be changed apart from the original. What never changes is shared: tensors with their bytes, types, attributes. */
export function cloneModel(model: Model): Model {
  const copy = new Model(cloneGraph(model.graph));
  copyHeader(model, copy);
  for (const [key, value] of model.metadata) copy.metadata.set(key, value);
  copy.rest = model.rest;
  copy.findings = model.findings;
  return copy;
}

/** Versions, names and functions: all of a model but its graph and what describes it. */
export function copyHeader(from: Model, to: Model): void {
  to.irVersion = from.irVersion;
  to.producerName = from.producerName;
  to.producerVersion = from.producerVersion;
  to.domain = from.domain;
  to.modelVersion = from.modelVersion;
  to.docString = from.docString;
  to.path = from.path;
  for (const [domain, version] of from.opsets) to.opsets.set(domain, version);
  for (const [key, field] of from.entries) to.entries.set(key, field);
  to.functions.push(...from.functions.map((item) => ({ ...item, body: cloneGraph(item.body) })));
}

/** A copy of a graph, its sub-graphs included. */
export function cloneGraph(graph: Graph): Graph {
  const copy = new Graph();
  copy.name = graph.name;
  copy.inputs = [...graph.inputs];
  copy.outputs = [...graph.outputs];
  for (const [name, tensor] of graph.initializers) copy.initializers.set(name, tensor);
  for (const [name, info] of graph.valueInfo) copy.valueInfo.set(name, info);
  copy.rest = graph.rest;
  for (const node of graph.nodes) copy.add(cloneNode(node));
  return copy;
}

/** A copy of a node, its sub-graphs included, that belongs to no graph yet; it may make values of other names. */
export function cloneNode(node: Node, outputs = node.outputs): Node {
  const attributes = new Map<string, StoredAttribute>();
  for (const [name, attribute] of node.attributes) attributes.set(name, cloneAttribute(attribute));
  const copy = new Node(node.name, node.op, node.inputs, outputs, attributes, node.domain, node.overload);
  copy.rest = node.rest;
  return copy;
}

/** Attributes never change, but the graphs in them may. */
function cloneAttribute(attribute: StoredAttribute): StoredAttribute {
  if (attribute.kind === 'graph') return carryMessage(attribute, { ...attribute, value: cloneGraph(attribute.value) });
  if (attribute.kind === 'graphs') return carryMessage(attribute, { ...attribute, value: attribute.value.map(cloneGraph) });
  return attribute;
}

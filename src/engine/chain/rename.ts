import { Graph, Node, type Dim, type Model, type ModelFunction, type StoredAttribute, type ValueInfo } from '../onnx/graph.ts';

export interface Renaming {
  /** Of nodes and values. */
  readonly name: (name: string) => string;
  /** Of the operator that a node is: calls of functions. */
  readonly op: (node: Node) => string;
  /** Of free dimensions. */
  readonly dim: (name: string) => string;
}

const unchanged = (name: string): string => name;

/** A copy of a graph under other names, its sub-graphs included. Tensors are shared. */
export function renamedGraph(graph: Graph, renaming: Renaming): Graph {
  const { name } = renaming;
  const copy = new Graph();
  copy.name = graph.name;
  copy.inputs = graph.inputs.map((info) => renamedValue(info, renaming));
  copy.outputs = graph.outputs.map((info) => renamedValue(info, renaming));
  for (const [key, tensor] of graph.initializers) copy.initializers.set(name(key), tensor);
  for (const info of graph.valueInfo.values()) copy.valueInfo.set(name(info.name), renamedValue(info, renaming));
  for (const node of graph.nodes) copy.add(renamedNode(node, renaming));
  return copy;
}

/** Functions of a model under other names; values inside a body are its own and stay. */
export const renamedFunctions = ({ functions }: Model, name: (name: string) => string, op: Renaming['op']): ModelFunction[] =>
  functions.map((item) => ({ ...item, name: name(item.name), body: renamedGraph(item.body, { name: unchanged, op, dim: unchanged }) }));

function renamedNode(node: Node, renaming: Renaming): Node {
  const attributes = new Map<string, StoredAttribute>();
  for (const [key, attribute] of node.attributes) {
    if (attribute.kind === 'graph') attributes.set(key, { kind: 'graph', value: renamedGraph(attribute.value, renaming) });
    else if (attribute.kind === 'graphs')
      attributes.set(key, { kind: 'graphs', value: attribute.value.map((inner) => renamedGraph(inner, renaming)) });
    else attributes.set(key, attribute);
  }
  const { name, op } = renaming;
  return new Node(
    node.name && name(node.name),
    op(node),
    node.inputs.map(orNone(name)),
    node.outputs.map(orNone(name)),
    attributes,
    node.domain,
    node.overload,
  );
}

/** An absent optional operand stays absent. */
const orNone =
  (name: (name: string) => string) =>
  (value: string): string =>
    value === '' ? '' : name(value);

function renamedValue(info: ValueInfo, { name, dim }: Renaming): ValueInfo {
  const { type } = info;
  if (!type || !('shape' in type) || !type.shape) return { ...info, name: name(info.name) };
  const own = (size: Dim): Dim => (typeof size === 'string' ? dim(size) : size);
  return { name: name(info.name), type: { ...type, shape: type.shape.map(own) } };
}

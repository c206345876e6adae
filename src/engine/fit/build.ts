import { attributes, floatAttribute, Node, type Attribute, type Graph, type StoredAttribute } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';

type Values = Parameters<typeof attributes>[0];

/** A number as an attribute of kind float, whole or not. */
export const float = (value: number): Attribute => floatAttribute(Math.fround(value));

/** Adds a node that makes a new value named after it, and returns that value. */
export function emit(graph: Graph, label: string, op: string, inputs: readonly string[], values: Values = {}): string {
  const name = graph.uniqueName(label);
  graph.add(new Node(name, op, inputs, [name], attributes(values)));
  return name;
}

/** Puts a node in another's place: the same label, the same results. */
export function replaceNode(graph: Graph, node: Node, op: string, inputs: readonly string[], values: Values = {}): Node {
  graph.remove(node);
  return graph.add(new Node(node.label, op, inputs, node.outputs, attributes(values)));
}

/** The same node with other inputs and attributes. */
export function rebuilt(node: Node, inputs: readonly string[], outputs: readonly string[], name: string, own: Values = {}): Node {
  const all = new Map<string, StoredAttribute>([...node.attributes, ...attributes(own)]);
  return new Node(name, node.op, inputs, outputs, all, node.domain);
}

/** Stores a constant under a free name. */
export function store(graph: Graph, label: string, tensor: Tensor): string {
  const name = graph.uniqueName(label);
  graph.initializers.set(name, tensor);
  return name;
}

export const scalar = (graph: Graph, label: string, value: number): string => store(graph, label, Tensor.float32([], [value]));

export const integers = (graph: Graph, label: string, values: readonly number[]): string =>
  store(graph, label, Tensor.int64([values.length], values));

/** A 1×1 convolution without bias whose output channel i is input channel `channels[i]`. Its sums have one term: exact in any arithmetic. */
export function pickChannels(graph: Graph, label: string, value: string, of: number, channels: readonly number[]): string {
  return emit(graph, label, 'Conv', [value, selection(graph, label, of, channels)], { kernel_shape: [1, 1] });
}

/** Weights [channels, of, 1, 1] of such a convolution. */
export function selection(graph: Graph, label: string, of: number, channels: readonly number[]): string {
  const weights = new Float32Array(channels.length * of);
  channels.forEach((channel, i) => (weights[i * of + channel] = 1));
  return store(graph, `${label}/weight`, Tensor.float32([channels.length, of, 1, 1], weights));
}

import { isFloatType, type DataType } from '../onnx/data-type.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';

/** The only node that reads a value, where nothing else does: no other node, no sub-graph, no output of the graph. */
export function soleReader(graph: Graph, value: string): Node | undefined {
  const uses = graph.users(value);
  return uses.length === 1 && uses[0]!.index >= 0 && !graph.isOutput(value) ? uses[0]!.node : undefined;
}

/** Removes `last` and lets `first`, whose only reader it was, make its output. Both keep what users call them. */
export function mergeInto(graph: Graph, first: Node, last: Node): void {
  first.name = first.label;
  const result = last.outputs[0]!;
  graph.valueInfo.delete(first.outputs[0]!);
  graph.remove(last);
  graph.setOutput(first, 0, result);
}

/** Gives a node another constant. Its name stays where nobody else reads it. */
export function setConstant(graph: Graph, node: Node, index: number, role: string, tensor: Tensor): void {
  const old = node.inputs[index];
  const own = old && graph.initializers.has(old) && graph.users(old).length === 1 && !graph.isOutput(old) && !graph.isInput(old);
  const name = own ? old : graph.uniqueName(old || `${node.label}/${role}`);
  graph.initializers.set(name, tensor);
  graph.valueInfo.delete(name);
  if (name !== old) graph.setInput(node, index, name);
}

/** A constant of a float type with its elements as doubles. */
export interface FloatConstant {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

/** The float constant behind a value, when its bytes are at hand. */
export function floatConstant(graph: Graph, value: string | undefined): FloatConstant | undefined {
  const tensor = value ? graph.constant(value) : undefined;
  if (!tensor || !isFloatType(tensor.type) || tensor.source.kind !== 'bytes') return undefined;
  return { type: tensor.type, dims: tensor.dims, values: tensor.toFloat64() };
}

/** The integers of a constant input; an absent input gives `absent`; undefined when it is not constant. */
export function constantIntegers(graph: Graph, value: string | undefined, absent: readonly number[] = []): number[] | undefined {
  if (!value) return [...absent];
  const tensor = graph.constant(value);
  return tensor?.source.kind === 'bytes' ? tensor.toIntegers() : undefined;
}

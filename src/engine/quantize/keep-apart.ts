import { DataType } from '../onnx/data-type.ts';
import { Node, type Model } from '../onnx/graph.ts';
import { findOperator } from '../ops/index.ts';
import type { QdqWriter } from './qdq.ts';

/**
 * While it loads a model, ONNX Runtime 1.30 rounds float weights and biases to integers itself where a convolution or matrix product stands
 * between quantized values (WeightBiasQuantization): a layer that was to stay in float would run on integers, with weights that may
 * saturate. It also takes bytes in blocks for bytes with one scale a channel, and QLinearMatMul then fails. A Clip without bounds in
 * front of such a layer keeps the quantized values apart from it. `integer`: layers that are to run on integers. `before`: nodes that the model
 * came with, whose quantized values are left as they are.
 */
export function keepApart(writer: QdqWriter, model: Model, integer: ReadonlySet<Node>, before: ReadonlySet<Node>): void {
  const { graph, insertions } = writer;
  for (const node of graph.nodes.filter((one) => !integer.has(one) || hasByteBlocks(writer, one))) {
    const role = findOperator(node, model)?.quantize;
    if (role?.kind !== 'compute' || !comesFromConstant(writer, node.inputs[role.weight]!)) continue;
    const value = node.inputs[role.activation]!;
    const maker = graph.producer(value);
    if (maker?.op !== 'DequantizeLinear' || before.has(maker)) continue;
    const apart = insertions.uniqueName(`${value}_apart`);
    insertions.before(node, new Node(`${node.label}_Clip`, 'Clip', [value], [apart]));
    graph.setInput(node, role.activation, apart);
  }
}

const comesFromConstant = ({ graph }: QdqWriter, value: string): boolean =>
  graph.constant(value) !== undefined || graph.constant(graph.producer(value)?.inputs[0] ?? '') !== undefined;

/** A matrix product with int8 or uint8 weights in blocks. */
function hasByteBlocks({ graph }: QdqWriter, node: Node): boolean {
  const weights = node.op === 'MatMul' ? graph.producer(node.inputs[1] ?? '') : undefined;
  const type = weights?.attributes.has('block_size') ? graph.constant(weights.inputs[0]!)?.type : undefined;
  return type === DataType.int8 || type === DataType.uint8;
}

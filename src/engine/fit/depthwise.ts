import { allFinite } from '../base/numbers.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { channelAffine } from './affine.ts';
import { emit, replaceNode, store } from './build.ts';
import { isFloat32, mapOf, type FitScope, type Match } from './fix.ts';

/** A node that multiplies and adds one number a channel of a feature map, as a depthwise 1×1 convolution. */
export function asDepthwise(node: Node, scope: FitScope): Match | undefined {
  const { graph, board } = scope;
  const map = mapOf(scope, node.outputs[0]);
  if (!map || map.channels > board.channels) return undefined;
  const affine = channelAffine(graph, node, 4, map.channels);
  if (!affine || !isFloat32(scope, affine.value) || mapOf(scope, affine.value)?.channels !== map.channels) return undefined;
  const { value, scale, shift } = affine;
  if (!allFinite(scale.map(Math.fround)) || !allFinite(shift.map(Math.fround))) return undefined;
  return {
    nodes: [node.label],
    message: `${node.op} over ${map.channels} channels becomes a depthwise 1×1 convolution`,
    apply() {
      const weight = store(graph, `${node.label}/weight`, Tensor.float32([map.channels, 1, 1, 1], scale));
      const bias = store(graph, `${node.label}/bias`, Tensor.float32([map.channels], shift));
      replaceNode(graph, node, 'Conv', [value, weight, bias], { group: map.channels, kernel_shape: [1, 1] });
      return undefined;
    },
  };
}

/**
 * A feature map times one number a channel, as a depthwise 1×1 convolution: unlike a Mul it computes a ReLU or ReLU6 behind it in the same
 * pass. (DPUCZDX8G_ISA1_B4096.prototxt, ALU engine, nonlinear: relu, relu_six.)
 */
export function scaled(graph: Graph, label: string, value: string, scale: ArrayLike<number>, shift?: ArrayLike<number>): string {
  const inputs = [value, store(graph, `${label}/weight`, Tensor.float32([scale.length, 1, 1, 1], scale))];
  if (shift) inputs.push(store(graph, `${label}/bias`, Tensor.float32([scale.length], shift)));
  return emit(graph, label, 'Conv', inputs, { group: scale.length, kernel_shape: [1, 1] });
}

export const filled = (size: number, value: number): Float64Array => new Float64Array(size).fill(value);

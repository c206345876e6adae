import type { Graph, Node } from '../onnx/graph.ts';
import { floatConstant, soleReader } from '../simplify/edit.ts';
import { byChannel } from '../simplify/linear.ts';
import { isDepthwise } from '../targets/zcu104/fusing.ts';
import { isFloat32, isOp, sizesOf, type FitScope } from './fix.ts';

/** Slopes below zero, one for all channels or one a channel. */
export interface Slopes {
  readonly value: string;
  readonly slopes: Float64Array;
  /** All the same. */
  readonly single: boolean;
}

/** What a LeakyRelu or PRelu with constant slopes multiplies negative numbers by. */
export function slopesOf(node: Node, scope: FitScope): Slopes | undefined {
  if (!isOp(node, 'LeakyRelu', 'PRelu') || !isFloat32(scope, node.outputs[0])) return undefined;
  const value = node.inputs[0]!;
  if (node.op === 'LeakyRelu') return { value, slopes: Float64Array.of(node.float('alpha', Math.fround(0.01))), single: true };
  const sizes = sizesOf(scope, value);
  const slopes =
    sizes && (sizes[1] ?? 1) <= scope.board.channels && byChannel(floatConstant(scope.graph, node.inputs[1]), sizes.length, sizes[1] ?? 1);
  return slopes && slopes.length > 0 ? { value, slopes, single: slopes.every((slope) => slope === slopes[0]) } : undefined;
}

/**
 * Whether a plain convolution computes the activation in its own pass, batch normalization between. Behind a depthwise one the DPU computes
 * no LeakyReLU (Xilinx/Vitis-AI #1161, #911).
 */
export function fusesWithConvolution(node: Node, { graph }: FitScope): boolean {
  const maker = onlyMaker(graph, node);
  const conv = maker && isOp(maker, 'BatchNormalization') ? onlyMaker(graph, maker) : maker;
  return conv !== undefined && isOp(conv, 'Conv', 'ConvTranspose') && !isDepthwise(graph, conv);
}

/** What makes a node's first operand, for this node alone. */
function onlyMaker(graph: Graph, node: Node): Node | undefined {
  const maker = graph.producer(node.inputs[0]!);
  return maker && soleReader(graph, maker.outputs[0]!) === node ? maker : undefined;
}

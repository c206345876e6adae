import type { Graph, Node } from '../onnx/graph.ts';
import { floatConstant } from '../simplify/edit.ts';
import { affineOf } from '../simplify/fold-batch-normalization.ts';
import { byChannel } from '../simplify/linear.ts';
import { isOp } from './fix.ts';

/** y = scale x + shift, channel by channel. */
export interface ChannelAffine {
  readonly value: string;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * A node that does nothing but multiply and add one number a channel: Add, Sub, Mul, Div with a constant on either side, Neg,
 * BatchNormalization. `rank` and `channels` are those of the value.
 */
export function channelAffine(graph: Graph, node: Node | undefined, rank: number, channels: number): ChannelAffine | undefined {
  const filled = (value: number): Float64Array => new Float64Array(channels).fill(value);
  if (!node) return undefined;
  if (isOp(node, 'Neg')) return { value: node.inputs[0]!, scale: filled(-1), shift: filled(0) };
  if (isOp(node, 'BatchNormalization')) {
    const affine = affineOf(graph, node);
    return affine?.scale.length === channels ? { value: node.inputs[0]!, ...affine } : undefined;
  }
  if (!isOp(node, 'Add', 'Sub', 'Mul', 'Div')) return undefined;
  const [a, b] = node.inputs as [string, string];
  const constantFirst = !graph.constant(b);
  const numbers = byChannel(floatConstant(graph, constantFirst ? a : b), rank, channels);
  if (!numbers || graph.constant(constantFirst ? b : a)) return undefined;
  const value = constantFirst ? b : a;
  switch (node.op) {
    case 'Add':
      return { value, scale: filled(1), shift: numbers };
    case 'Mul':
      return { value, scale: numbers, shift: filled(0) };
    case 'Sub':
      return constantFirst
        ? { value, scale: filled(-1), shift: numbers }
        : { value, scale: filled(1), shift: numbers.map((number) => -number) };
    default:
      return constantFirst || numbers.some((number) => number === 0)
        ? undefined
        : { value, scale: numbers.map((number) => 1 / number), shift: filled(0) };
  }
}

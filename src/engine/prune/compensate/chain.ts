import type { Graph, Node } from '../../onnx/graph.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import { findRecord } from '../../ops/index.ts';
import { floatConstant, soleReader } from '../../simplify/edit.ts';
import type { OpenRange } from '../../statistics/moment-graph.ts';

/** What follows a layer before anything mixes it with other values: y = factors * (W x + b) + shifts, by output channel. */
export interface Chain {
  /** The value behind the layer and its affine follower. */
  readonly end: string;
  /** The BatchNormalization, or the Add of a constant behind a MatMul. */
  readonly follower?: { readonly node: Node; readonly factors: Float64Array; readonly shifts: Float64Array };
  /** The Add that alone reads `end`, and its other operand. */
  readonly sum?: { readonly node: Node; readonly other: string };
  /** Behind the sum and the activation function, where there are any: what later layers see of it. */
  readonly result: string;
  /** Between which bounds the activation function hands on what it is given; absent where there is no such bound. */
  readonly range?: OpenRange;
}

/** `channels`: of the layer's output. */
export function chainOf(graph: Graph, node: Node, channels: number): Chain {
  const follower = followerOf(graph, node, channels);
  const end = (follower?.node ?? node).outputs[0]!;
  const reader = soleReader(graph, end);
  const other = reader?.op === 'Add' && reader.domain === '' ? reader.inputs.find((input) => input !== end) : undefined;
  const sum = other !== undefined && !graph.constant(other) ? { node: reader!, other } : undefined;
  const before = sum?.node.outputs[0] ?? end;
  const next = soleReader(graph, before);
  const isActivation = next !== undefined && findRecord(next.domain, next.op, Infinity)?.activation === true;
  const bounds = isActivation && (next.op === 'Relu' || next.op === 'Clip') ? clampBounds(next, graph) : undefined;
  const isBounded = bounds !== undefined && (Number.isFinite(bounds.low) || Number.isFinite(bounds.high));
  return {
    end,
    ...(follower ? { follower } : {}),
    ...(sum ? { sum } : {}),
    result: isActivation ? next.outputs[0]! : before,
    ...(isBounded ? { range: bounds } : {}),
  };
}

function followerOf(graph: Graph, layer: Node, channels: number): Chain['follower'] {
  const output = layer.outputs[0]!;
  const node = soleReader(graph, output);
  if (node?.domain !== '') return undefined;
  if (node.op === 'BatchNormalization') {
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => floatConstant(graph, node.inputs[index])?.values);
    if (node.inputs[0] !== output || !gamma || !beta || !mean || !variance || gamma.length !== channels) return undefined;
    if (node.int('training_mode', 0) !== 0 || node.int('spatial', 1) === 0) return undefined;
    const epsilon = node.float('epsilon', 1e-5);
    const factors = gamma.map((value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
    return { node, factors, shifts: beta.map((value, channel) => value - mean[channel]! * factors[channel]!) };
  }
  if (node.op !== 'Add' || layer.op !== 'MatMul') return undefined;
  const constant = node.inputs.map((input) => floatConstant(graph, input)).find((found) => found !== undefined);
  const isByChannel = constant?.dims.at(-1) === channels && constant.values.length === channels;
  return isByChannel ? { node, factors: new Float64Array(channels).fill(1), shifts: constant.values } : undefined;
}

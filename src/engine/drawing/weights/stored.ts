import { LatheError } from '../../base/errors.ts';
import { DataType, dataTypeBits, dataTypeName } from '../../onnx/data-type.ts';
import type { Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { Scope } from '../../ops/infer.ts';
import { recordIn } from '../../ops/measure/weights.ts';
import { carriesConstant } from '../constants.ts';
import { sourceTensor } from '../source.ts';

/** How the integers of a tensor stand for real numbers (ONNX DequantizeLinear-21). One scale: for all; else along `axis`, or by blocks along it. */
export interface Quantization {
  readonly scale: Float64Array;
  readonly zeroPoint: Float64Array;
  /** Of the stored tensor; undefined for one scale. */
  readonly axis?: number;
  /** Neighbours along the axis that share a scale. */
  readonly block?: number;
}

/** A tensor as the file has it, and what an operator that reads it makes of it. */
export interface StoredWeights {
  readonly tensor: Tensor;
  readonly quantization?: Quantization;
  /** Of the stored tensor: the axis of output channels, where its elements are seen by channel. */
  readonly axis?: number;
}

/** Operators that read integers with their scales: inputs of scale and zero point by input of the integers. */
const integerOperators: Readonly<Record<string, Readonly<Record<number, readonly [scale: number, zeroPoint: number]>>>> = {
  QLinearConv: { 3: [4, 5] },
  QLinearMatMul: { 0: [1, 2], 3: [4, 5] },
  QGemm: { 3: [4, 5] },
  MatMulIntegerToFloat: { 1: [3, 5] },
  DynamicQuantizeMatMul: { 1: [2, 3] },
  DequantizeLinear: { 0: [1, 2] },
};

/** The tensor stored in the model behind an operator's input, in numbers; undefined where there is none, or none of numbers. */
export function storedWeights(scope: Scope, node: Node, input: number): StoredWeights | undefined {
  const name = node.inputs[input] ?? '';
  const tensor = sourceTensor(scope, name);
  if (!tensor || dataTypeBits(tensor.type) === undefined || tensor.source.kind === 'strings') return undefined;
  if (tensor.type === DataType.complex64 || tensor.type === DataType.complex128) return undefined;
  const own = integerOperators[node.op]?.[input];
  const quantization = own ? quantizationOf(scope, node, own, tensor) : carriedQuantization(scope, name, tensor);
  const axis = quantization?.axis ?? channelAxis(scope, node, input, tensor);
  return { tensor, ...(quantization && { quantization }), ...(axis !== undefined && { axis }) };
}

/** Scales of the DequantizeLinear on the way from the stored tensor to the operator. */
function carriedQuantization(scope: Scope, value: string, tensor: Tensor): Quantization | undefined {
  let name = value;
  for (let producer = scope.graph.producer(name); producer; producer = scope.graph.producer(name)) {
    if (!carriesConstant(scope, producer)) return undefined;
    if (producer.op === 'DequantizeLinear' && scope.graph.constant(producer.inputs[0] ?? '') === tensor)
      return quantizationOf(scope, producer, [1, 2], tensor);
    name = producer.inputs[0] ?? '';
  }
  return undefined;
}

function quantizationOf(scope: Scope, node: Node, [scaleAt, zeroAt]: readonly [number, number], tensor: Tensor): Quantization | undefined {
  const scale = sourceTensor(scope, node.inputs[scaleAt] ?? '');
  const zero = sourceTensor(scope, node.inputs[zeroAt] ?? '');
  if (!scale?.isLoaded || (zero && !zero.isLoaded)) return undefined;
  const rank = tensor.dims.length;
  const scales = scale.toFloat64();
  const zeroPoint = zero ? zero.toFloat64() : new Float64Array(scales.length);
  if (scales.length === 0 || zeroPoint.length !== scales.length) return undefined;
  if (scales.length === 1) return { scale: scales, zeroPoint };
  const given = node.op === 'DequantizeLinear' ? node.int('axis', 1) : node.op === 'QLinearConv' ? 0 : rank - 1;
  const axis = given < 0 ? given + rank : given;
  const depth = tensor.dims[axis];
  if (depth === undefined) return undefined;
  const block = node.int('block_size', 0);
  if (block > 0 && scale.dims.length === rank) {
    const fits = scale.dims.every((dim, i) => dim === (i === axis ? Math.ceil(depth / block) : tensor.dims[i]));
    return fits ? { scale: scales, zeroPoint, axis, block } : undefined;
  }
  return scales.length === depth ? { scale: scales, zeroPoint, axis } : undefined;
}

/** The axis that runs over output channels: the operator's, else the first of a tensor of several axes. */
function channelAxis(scope: Scope, node: Node, input: number, tensor: Tensor): number | undefined {
  const rank = tensor.dims.length;
  if (rank === 0) return undefined;
  const role = recordIn(scope, node)?.quantize;
  if (role?.kind !== 'compute' || role.weight !== input || rank === 1) return 0;
  const axis = role.channelAxis(node, rank);
  if (axis === undefined) return undefined;
  const stored = transposed(scope, node.inputs[input] ?? '', axis < 0 ? axis + rank : axis);
  return stored >= 0 && stored < rank ? stored : 0;
}

/** An axis of a value as one of the stored tensor behind it, through transpositions. */
function transposed(scope: Scope, value: string, axis: number): number {
  let [name, at] = [value, axis];
  for (let producer = scope.graph.producer(name); producer && carriesConstant(scope, producer); producer = scope.graph.producer(name)) {
    if (producer.op === 'Transpose') at = producer.ints('perm')?.[at] ?? at;
    name = producer.inputs[0] ?? '';
  }
  return at;
}

/** Throws `weights.none` where an input has no stored numbers to look at. */
export function requireWeights(scope: Scope, node: Node, input: number): StoredWeights {
  const found = storedWeights(scope, node, input);
  if (found) return found;
  throw new LatheError('weights.none', `input ${input} has no stored numbers to look at`, { node: node.label });
}

export const isInteger = (tensor: Tensor): boolean => /^u?int(2|4|8|16|32|64)$|^bool$/.test(dataTypeName(tensor.type));

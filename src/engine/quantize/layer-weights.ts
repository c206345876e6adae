import { DataType } from '../onnx/data-type.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import type { TargetLimits } from '../targets/limits.ts';
import { leastScalesForBias } from './bias.ts';
import type { ComputeNode } from './classify.ts';
import { anyPosition, type Positions } from './power-of-two/position.ts';
import { rowsOf } from './rows.ts';
import { convolutionPairs, matrixPairs, type Pairs } from './saturation.ts';
import { hasBiasApart, scaleSharing } from './scale-sharing.ts';
import type { CodeType } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';
import type { WeightWidth } from './weight-format/index.ts';
import { quantizeWeights, weightSqnr, type QuantizedWeights, type WeightOptions } from './weights.ts';

/**
 * A layer gets uint8 weights where int8 scales that cannot saturate cost more than `largestLoss` and leave less than `enough`, both in dB
 * of weight SQNR. 2 to 4 dB are usual and harmless, 6 dB is a whole bit; 8-bit weights have 40 to 48 dB. uint8 weights run about half
 * as fast (measured: ONNX Runtime 1.30, AVX2 and VNNI).
 */
const largestLoss = 4.5;
const enough = 40;

/** A compute node's constants as real numbers, Gemm's alpha and beta multiplied in. */
export interface LayerConstants {
  readonly dims: readonly number[];
  readonly weights: Float64Array;
  /** Axis of the weights that runs over output channels; undefined: none. */
  readonly channelAxis: number | undefined;
  readonly channels: number;
  /** One entry for each output channel; undefined: the layer has no bias. */
  readonly bias: Float64Array | undefined;
}

/** For a node that `weightsProblem` has nothing to say of. */
export function layerConstants(node: Node, { role }: ComputeNode, graph: Graph): LayerConstants {
  const tensor = graph.constant(node.inputs[role.weight]!)!;
  const [alpha, beta] = node.op === 'Gemm' ? [node.float('alpha', 1), node.float('beta', 1)] : [1, 1];
  const weights = tensor.toFloat64();
  if (alpha !== 1) for (let i = 0; i < weights.length; i++) weights[i]! *= alpha;
  const channelAxis = role.channelAxis(node, tensor.dims.length);
  const channels = channelAxis === undefined ? 1 : tensor.dims[channelAxis]!;
  const name = role.bias === undefined ? '' : (node.inputs[role.bias] ?? '');
  const stored = name === '' ? undefined : graph.constant(name)!.toFloat64();
  const bias = stored && Float64Array.from({ length: channels }, (_, i) => beta * stored[stored.length === 1 ? 0 : i]!);
  return { dims: tensor.dims, weights, channelAxis, channels, bias };
}

export interface LayerWeights {
  readonly weights: QuantizedWeights;
  readonly saturation: 'none' | 'scales' | 'uint8';
}

/** What surrounds a layer whose weights are rounded. */
export interface RoundingPlace {
  /** undefined: the input stays float (weight-only, dynamic), so the bias does too. */
  readonly inputScale: number | undefined;
  /** false: the weights are only stored, no integer kernel multiplies them. */
  readonly kernel: boolean;
  /** With power-of-two scales: those that the target can shift by. */
  readonly positions?: Positions;
}

/** Rounds a layer's weights for the target. */
export function quantizeLayerWeights(
  node: Node,
  { settings }: ComputeNode,
  constants: LayerConstants,
  target: TargetLimits,
  { inputScale, kernel, positions = anyPosition }: RoundingPlace,
): LayerWeights {
  const { dims, weights, bias } = constants;
  const { axis, blocks } = scaleSharing(settings, dims, constants.channelAxis);
  const wideBias = target.biasType !== 'int8' && !hasBiasApart(settings, dims, constants.channelAxis);
  const least = wideBias && bias && inputScale !== undefined ? leastScalesForBias(bias, inputScale, target) : undefined;
  const options: WeightOptions = {
    type: codeType(settings),
    bits: settings.weights as WeightWidth,
    symmetric: settings['symmetric-weights'],
    axis,
    blocks,
    range: settings['weight-range'],
    positions: settings.scales === 'power-of-two' ? positions : undefined,
    leastScales: least && (axis === undefined ? [least.reduce((a, b) => Math.max(a, b), 0)] : least),
  };
  const auto = settings['weight-type'] === 'auto' && options.type === DataType.int8;
  const pairs = auto && kernel && !blocks && target.saturation === 'pairs-int16' ? layerPairs(node, constants, axis) : undefined;
  const rounded = quantizeWeights(weights, dims, { ...options, pairs });
  if (rounded.noise === rounded.freeNoise) return { weights: rounded, saturation: 'none' };
  const left = weightSqnr(rounded) ?? Infinity;
  const free = weightSqnr({ signal: rounded.signal, noise: rounded.freeNoise }) ?? Infinity;
  if (left >= enough || free - left <= largestLoss) return { weights: rounded, saturation: 'scales' };
  return { weights: quantizeWeights(weights, dims, { ...options, type: DataType.uint8 }), saturation: 'uint8' };
}

function codeType(settings: QuantizeSettings): CodeType {
  const unsigned = settings['weight-type'] === 'uint8' || !settings['symmetric-weights'];
  if (settings.weights === 16) return unsigned ? DataType.uint16 : DataType.int16;
  return unsigned ? DataType.uint8 : DataType.int8;
}

/**
 * Neighbours in the kernel's sum, as indices into one channel's weights (`axis` given) or into the tensor. undefined for depthwise
 * convolutions: their kernels widen to 16 bits before multiplying, and never add in 16 bits.
 */
export function layerPairs(node: Node, { dims, channelAxis }: LayerConstants, axis: number | undefined): Pairs | undefined {
  const convolution = node.op === 'Conv';
  if (convolution && dims[1] === 1 && node.int('group', 1) === dims[0]) return undefined;
  const rows = rowsOf(dims, channelAxis);
  const depth = convolution ? dims[1]! : channelAxis === undefined ? rows.length : (dims.at(channelAxis === 0 ? 1 : -2) ?? rows.length);
  const pairs = convolution
    ? convolutionPairs(depth, rows.length / Math.max(1, depth))
    : matrixPairs(depth, rows.length / Math.max(1, depth));
  if (axis !== undefined || channelAxis === undefined) return pairs;
  const all = new Uint32Array(pairs.length * rows.channels);
  for (let channel = 0; channel < rows.channels; channel++) {
    for (let i = 0; i < pairs.length; i++) all[channel * pairs.length + i] = rows.offset(channel, pairs[i]!);
  }
  return all;
}

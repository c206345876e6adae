import { allFinite } from '../base/numbers.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import { floatConstant, setConstant, type FloatConstant } from './edit.ts';
import { floatTensor } from './numbers.ts';

/** A Conv, ConvTranspose or Gemm with constant weights: y = W x + b, channel by channel. */
export interface LinearLayer {
  readonly node: Node;
  readonly weight: FloatConstant;
  readonly bias: FloatConstant | undefined;
  readonly outputs: number;
  readonly inputs: number;
  /** Output and input channel that element `i` of the weight joins. */
  outputOf(i: number): number;
  inputOf(i: number): number;
  /** Gemm multiplies its product by alpha and its bias by beta; 1 elsewhere. */
  readonly alpha: number;
  readonly beta: number;
}

/** The linear layer that a node is, or undefined: another operator, weights or bias not constant, bias not by channel. */
export function linearLayer(graph: Graph, node: Node | undefined): LinearLayer | undefined {
  if (!node || node.domain !== '' || !['Conv', 'ConvTranspose', 'Gemm'].includes(node.op)) return undefined;
  const weight = floatConstant(graph, node.inputs[1]);
  const bias = floatConstant(graph, node.inputs[2]);
  if (!weight || weight.values.length === 0 || (node.inputs[2] && !bias)) return undefined;
  const layer = node.op === 'Gemm' ? gemm(node, weight) : convolution(node, weight);
  if (!layer || (bias && !isByChannel(bias, layer.outputs, node.op === 'Gemm'))) return undefined;
  return { node, weight, bias, alpha: 1, beta: 1, ...layer };
}

type Places = Pick<LinearLayer, 'outputs' | 'inputs' | 'outputOf' | 'inputOf'> & { alpha?: number; beta?: number };

function convolution(node: Node, { dims }: FloatConstant): Places | undefined {
  const group = node.int('group', 1);
  if (dims.length < 3 || group < 1 || dims[0]! % group !== 0) return undefined;
  const [rows, columns] = [dims[0]!, dims[1]!];
  const kernel = dims.slice(2).reduce((a, b) => a * b, 1);
  // Conv: W[M, C/group, k…]. ConvTranspose: W[C, M/group, k…].
  const row = (i: number): number => Math.floor(i / (columns * kernel));
  const column = (i: number): number => Math.floor(row(i) / (rows / group)) * columns + (Math.floor(i / kernel) % columns);
  return node.op === 'Conv'
    ? { outputs: rows, inputs: columns * group, outputOf: row, inputOf: column }
    : { outputs: columns * group, inputs: rows, outputOf: column, inputOf: row };
}

function gemm(node: Node, { dims }: FloatConstant): Places | undefined {
  if (dims.length !== 2 || node.int('transA', 0) !== 0) return undefined;
  const [rows, columns] = [dims[0]!, dims[1]!];
  const row = (i: number): number => Math.floor(i / columns);
  const column = (i: number): number => i % columns;
  const scaled = { alpha: node.float('alpha', 1), beta: node.float('beta', 1) };
  return node.int('transB', 0) !== 0
    ? { outputs: rows, inputs: columns, outputOf: row, inputOf: column, ...scaled }
    : { outputs: columns, inputs: rows, outputOf: column, inputOf: row, ...scaled };
}

/** A Conv's bias is [M]; a Gemm's may be anything that broadcasts to [·, N]. */
const isByChannel = ({ dims, values }: FloatConstant, channels: number, broadcasts: boolean): boolean =>
  dims.slice(0, -1).every((dim) => dim === 1) && dims.length <= 2 && (values.length === channels || (broadcasts && values.length === 1));

/** The bias as the layer adds it, one number a channel. */
export const biasOf = ({ bias, beta, outputs }: LinearLayer): Float64Array =>
  Float64Array.from({ length: outputs }, (_, channel) =>
    bias ? beta * (bias.values.length === 1 ? bias.values[0]! : bias.values[channel]!) : 0,
  );

/** y <- scale y + shift, one number of each for every output channel. Returns false, and changes nothing, where the result is not finite. */
export function scaleOutputs(graph: Graph, layer: LinearLayer, scale: ArrayLike<number>, shift: ArrayLike<number>): boolean {
  const weight = scaledWeights(layer, scale, layer.outputOf);
  const bias = biasOf(layer).map((value, channel) => value * scale[channel]! + shift[channel]!);
  return setWeights(graph, layer, weight, bias);
}

/** The same for x <- scale x + shift before the layer. What `shift` adds to the padding around x is for the caller to exclude. */
export function scaleInputs(graph: Graph, layer: LinearLayer, scale: ArrayLike<number>, shift: ArrayLike<number>): boolean {
  const bias = biasOf(layer);
  layer.weight.values.forEach((value, i) => {
    bias[layer.outputOf(i)]! += layer.alpha * value * shift[layer.inputOf(i)]!;
  });
  const weight = scaledWeights(layer, scale, layer.inputOf);
  return setWeights(graph, layer, weight, bias);
}

/** Each weight times the scale of its channel. */
function scaledWeights({ weight: { values } }: LinearLayer, scale: ArrayLike<number>, channelOf: (i: number) => number): Float64Array {
  const scaled = new Float64Array(values.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = values[i]! * scale[channelOf(i)]!;
  return scaled;
}

function setWeights(
  graph: Graph,
  { node, weight, outputs, bias: oldBias }: LinearLayer,
  values: Float64Array,
  bias: Float64Array,
): boolean {
  const [tensor, biasTensor] = [floatTensor(weight.type, weight.dims, values), floatTensor(weight.type, [outputs], bias)];
  if (!tensor || !biasTensor) return false;
  if (allFinite(weight.values) && !(allFinite(tensor.toFloat64()) && allFinite(biasTensor.toFloat64()))) return false;
  setConstant(graph, node, 1, 'weight', tensor);
  // Before opset 11 a Gemm must have a bias, zero or not.
  if (oldBias || node.op === 'Gemm' || bias.some((value) => value !== 0)) {
    setConstant(graph, node, 2, 'bias', biasTensor);
    node.attributes.delete('beta');
  }
  return true;
}

/**
 * A constant that is one number for every channel of a value of `rank` dimensions (channels second), spread to all `channels`.
 * Undefined when it differs along another axis, or would widen the value it is added to.
 */
export function byChannel(constant: FloatConstant | undefined, rank: number, channels: number): Float64Array | undefined {
  if (!constant || constant.dims.length > rank) return undefined;
  const dims = [...Array<number>(rank - constant.dims.length).fill(1), ...constant.dims];
  if (dims.some((dim, axis) => dim !== 1 && !(axis === 1 && dim === channels))) return undefined;
  const { values } = constant;
  return Float64Array.from({ length: channels }, (_, channel) => (values.length === 1 ? values[0]! : values[channel]!));
}

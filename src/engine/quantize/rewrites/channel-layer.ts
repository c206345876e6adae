import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { setConstant } from '../../simplify/edit.ts';

/**
 * A layer with constant float32 weights of its own, seen as a matrix of `rows` x `columns` kernels of `kernel` elements each: Conv,
 * ConvTranspose, Gemm, MatMul. Rows are output channels, or input channels where `rowsAre` says so; with groups a row's columns are those of
 * its group. Holds no weights: models with hundreds of megabytes of them are looked at layer by layer.
 */
export interface ChannelLayer {
  readonly node: Node;
  readonly rows: number;
  readonly columns: number;
  readonly kernel: number;
  readonly groups: number;
  readonly rowsAre: 'outputs' | 'inputs';
  readonly outputs: number;
  readonly inputs: number;
  /** Axis of channels in what it reads and makes: 1, or -1 for the last. */
  readonly axis: 1 | -1;
  /** Elements of its bias; 0 without. */
  readonly biasSize: number;
}

/** The layer that a node is; undefined for other operators, weights or biases that are computed, shared, or not float32. */
export function channelLayer(graph: Graph, node: Node | undefined): ChannelLayer | undefined {
  if (!node || node.domain !== '') return undefined;
  const dims = ownConstant(graph, node, 1)?.dims;
  if (!dims || dims.some((dim) => dim === 0)) return undefined;
  const hasBias = node.inputs.length > 2 && node.inputs[2] !== '';
  const bias = hasBias ? ownConstant(graph, node, 2) : undefined;
  const form = layerForm(node, dims);
  if (!form || (hasBias && !(bias && isVector(bias.dims) && (bias.size === form.outputs || bias.size === 1)))) return undefined;
  return { node, ...form, biasSize: bias?.size ?? 0 };
}

function layerForm(node: Node, dims: readonly number[]): Omit<ChannelLayer, 'node' | 'biasSize'> | undefined {
  const [rows, columns] = [dims[0]!, dims[1]!];
  switch (node.op) {
    case 'Conv':
    case 'ConvTranspose': {
      const groups = node.int('group', 1);
      if (dims.length < 3 || groups < 1 || rows % groups !== 0) return undefined;
      const kernel = dims.slice(2).reduce((a, b) => a * b, 1);
      const [rowsAre, outputs, inputs] =
        node.op === 'Conv' ? (['outputs', rows, columns * groups] as const) : (['inputs', columns * groups, rows] as const);
      return { rows, columns, kernel, groups, rowsAre, outputs, inputs, axis: 1 };
    }
    case 'Gemm':
    case 'MatMul': {
      if (dims.length !== 2 || node.int('transA', 0) !== 0) return undefined;
      const rowsAre = node.int('transB', 0) !== 0 ? 'outputs' : 'inputs';
      const [outputs, inputs] = rowsAre === 'outputs' ? [rows, columns] : [columns, rows];
      return { rows, columns, kernel: 1, groups: 1, rowsAre, outputs, inputs, axis: node.op === 'Gemm' ? 1 : -1 };
    }
    default:
      return undefined;
  }
}

/** A float32 constant that only this operand reads. */
export function ownConstant(graph: Graph, node: Node, index: number): Tensor | undefined {
  const name = node.inputs[index] ?? '';
  const tensor = name === '' ? undefined : graph.constant(name);
  if (tensor?.type !== DataType.float32 || !tensor.isLoaded || graph.isOutput(name) || graph.isInput(name)) return undefined;
  return graph.users(name).length === 1 ? tensor : undefined;
}

const isVector = (dims: readonly number[]): boolean => dims.slice(0, -1).every((dim) => dim === 1);

/** The channel on the other side of a row's column. */
export const otherChannel = ({ groups, rows, columns }: ChannelLayer, row: number, column: number): number =>
  groups === 1 ? column : Math.floor(row / (rows / groups)) * columns + column;

/** Largest magnitude of each kernel, `rows` x `columns` of them; 4 bytes each. */
export function kernelMagnitudes(graph: Graph, layer: ChannelLayer): Float32Array {
  const { rows, columns, kernel } = layer;
  const weights = graph.constant(layer.node.inputs[1]!)!.toFloat32();
  if (kernel === 1) return weights.map(Math.abs);
  const largest = new Float32Array(rows * columns);
  for (let pair = 0, at = 0; pair < largest.length; pair++) {
    let most = 0;
    for (const end = at + kernel; at < end; at++) {
      const size = Math.abs(weights[at]!);
      if (size > most) most = size;
    }
    largest[pair] = most;
  }
  return largest;
}

/** Factors for output and input channels; undefined: 1. */
export interface LayerFactors {
  readonly outputs?: ArrayLike<number> | undefined;
  readonly inputs?: ArrayLike<number> | undefined;
}

/** w <- w * outputs[o] * inputs[i], and b <- b * outputs[o]: one rounding to float32 an element. */
export function scaleLayer(graph: Graph, layer: ChannelLayer, { outputs, inputs }: LayerFactors): void {
  const { node, rows, columns, kernel, rowsAre } = layer;
  const tensor = graph.constant(node.inputs[1]!)!;
  const weights = tensor.toFloat32().slice();
  const [byRow, byColumn] = rowsAre === 'outputs' ? [outputs, inputs] : [inputs, outputs];
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const factor = (byRow?.[row] ?? 1) * (byColumn?.[otherChannel(layer, row, column)] ?? 1);
      for (const end = at + kernel; at < end; at++) weights[at]! *= factor;
    }
  }
  setConstant(graph, node, 1, 'weight', Tensor.float32(tensor.dims, weights));
  if (outputs && layer.biasSize)
    setBias(
      graph,
      layer,
      biasOf(graph, layer).map((value, channel) => value * outputs[channel]!),
    );
}

/** One number for each output channel, before a Gemm's beta; zeros without a bias. */
export function biasOf(graph: Graph, { node, outputs, biasSize }: ChannelLayer): Float64Array {
  const stored = biasSize ? graph.constant(node.inputs[2]!)!.toFloat64() : undefined;
  return Float64Array.from({ length: outputs }, (_, channel) => stored?.[stored.length === 1 ? 0 : channel] ?? 0);
}

/** In the same terms as `biasOf`. MatMul has no bias: for Conv, ConvTranspose and Gemm only. */
export function setBias(graph: Graph, { node }: ChannelLayer, bias: ArrayLike<number>): void {
  setConstant(graph, node, 2, 'bias', Tensor.float32([bias.length], bias));
}

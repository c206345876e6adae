import { recordOf } from '../../autodiff/path.ts';
import { DataType, dataTypeName, isFloatType } from '../../onnx/data-type.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { storedNumbers, type StoredNumbers } from './stored-numbers.ts';

/** A stored matrix or filter whose single weights can be set to zero. */
export interface WeightSite extends StoredNumbers {
  /** Label of the first layer that reads it. */
  readonly layer: string;
  readonly op: string;
  /** The value that holds it: an initializer, or the output of a Constant node. */
  readonly tensor: string;
  readonly dims: readonly number[];
  /** Axes of output and input channels; input channels of a grouped convolution are those of one group. */
  readonly outputAxis: number;
  readonly inputAxis: number;
}

/** A layer with weights that stay as they are. */
export interface LeftLayer {
  readonly name: string;
  readonly op: string;
  readonly reason: string;
}

export interface WeightSites {
  readonly sites: readonly WeightSite[];
  readonly left: readonly LeftLayer[];
}

const storable: ReadonlySet<DataType> = new Set([
  DataType.float32,
  DataType.float16,
  DataType.float64,
  DataType.int8,
  DataType.uint8,
  DataType.int16,
  DataType.uint16,
]);

/**
 * The weights of convolutions and matrix products of the main graph, each stored tensor once, in the order in which layers read them. Quantized ones are found behind their
 * DequantizeLinear. Weights must be loaded.
 */
export function weightSites({ graph, opsets }: Model): WeightSites {
  const sites = new Map<string, WeightSite>();
  const left: LeftLayer[] = [];
  for (const node of graph.topologicalOrder()) {
    const record = recordOf(opsets, node);
    const role = record?.quantize;
    if (role?.kind !== 'compute') {
      const reads = (record?.weights ?? []).some((index) => isMatrix(graph.constant(node.inputs[index] ?? '')));
      if (reads && node.op !== 'DequantizeLinear')
        left.push({ name: node.label, op: node.op, reason: `${node.op} is none of Conv, ConvTranspose, Gemm and MatMul` });
      continue;
    }
    const source = stored(graph, node.inputs[role.weight] ?? '');
    if (!source || sites.has(source.name)) continue;
    const { dims, type } = source.tensor;
    const outputAxis = role.channelAxis(node, dims.length);
    if (!isMatrix(source.tensor) || outputAxis === undefined) continue;
    if (!storable.has(type)) left.push({ name: node.label, op: node.op, reason: `its weights are stored as ${dataTypeName(type)}` });
    else sites.set(source.name, siteOf(graph, node, source, outputAxis));
  }
  return { sites: [...sites.values()], left };
}

const isMatrix = (tensor: Tensor | undefined): boolean =>
  tensor !== undefined && tensor.size > 0 && tensor.dims.filter((dim) => dim > 1).length >= 2;

interface Stored {
  readonly name: string;
  readonly tensor: Tensor;
  /** The DequantizeLinear behind it. */
  readonly scaled?: Node;
}

function stored(graph: Graph, value: string): Stored | undefined {
  const own = graph.constant(value);
  if (own) return isFloatType(own.type) ? { name: value, tensor: own } : undefined;
  const scaled = graph.producer(value);
  if (scaled?.op !== 'DequantizeLinear') return undefined;
  const name = scaled.inputs[0] ?? '';
  const tensor = graph.constant(name);
  return tensor && { name, tensor, scaled };
}

function siteOf(graph: Graph, node: Node, { name, tensor, scaled }: Stored, outputAxis: number): WeightSite {
  const { dims } = tensor;
  const inputAxis = inputAxisOf(node, dims.length, outputAxis);
  return { layer: node.label, op: node.op, tensor: name, dims, outputAxis, inputAxis, ...storedNumbers(graph, tensor, scaled) };
}

/** Convolutions store [out, in, …], transposed ones [in, out, …], matrices the other of the last two axes. */
function inputAxisOf({ op }: Node, rank: number, outputAxis: number): number {
  if (op === 'ConvTranspose') return 0;
  return op === 'Conv' ? 1 : outputAxis === rank - 1 ? rank - 2 : rank - 1;
}

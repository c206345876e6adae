import { DataType } from '../onnx/data-type.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { recordOf } from '../autodiff/path.ts';

/** One trained tensor and its place in the flat vector of all. */
export interface Parameter {
  /** The initializer. */
  readonly name: string;
  readonly dims: readonly number[];
  /** First element in the flat vector, and how many. */
  readonly offset: number;
  readonly size: number;
  /** Label of the first layer that reads it. */
  readonly layer: string;
  /** Biases, scales and shifts do not shrink under weight decay (He et al. 2019, "Bag of tricks", section 3.1). */
  readonly decays: boolean;
}

/** Operators of two tensors whose constant side may be a bias or a scale of its own. */
const affine = new Set(['Add', 'Sub', 'Mul', 'Div']);
/** Inputs of BatchNormalization that are statistics, not weights. */
const statistics = [3, 4];

/**
 * What can be trained: float32 constants that layers read as weights, and biases and scales in arithmetic behind the first of these layers (what
 * stands before it prepares the picture). `trains` leaves layers out: frozen ones. In the order in which layers read them.
 */
export function parametersOf(model: Model, trains: (layer: string) => boolean = () => true): Parameter[] {
  const found = new Map<string, Parameter>();
  let offset = 0;
  let weighted = false;
  for (const node of model.graph.topologicalOrder()) {
    const weights = weightInputs(model, node);
    weighted ||= weights.length > 0;
    const inputs = weights.length ? weights : weighted && affine.has(node.op) ? [0, 1] : [];
    for (const index of inputs) {
      const name = node.inputs[index] ?? '';
      const tensor = trainable(model.graph, name, weights.length ? 1 : 2);
      if (!tensor || found.has(name) || !trains(node.label)) continue;
      const { dims, size } = tensor;
      found.set(name, { name, dims, size, offset, layer: node.label, decays: dims.filter((dim) => dim > 1).length > 1 });
      offset += size;
    }
  }
  return [...found.values()];
}

function weightInputs(model: Model, node: Node): readonly number[] {
  const weights = recordOf(model.opsets, node)?.weights ?? [];
  return node.op === 'BatchNormalization' ? weights.filter((index) => !statistics.includes(index)) : weights;
}

/** A lone number in a formula is no weight; that of a layer is: the bias of a score, the scale of a fake quantization. */
function trainable(graph: Graph, name: string, least: number): Tensor | undefined {
  const tensor = graph.initializers.get(name);
  return tensor?.type === DataType.float32 && tensor.size >= least ? tensor : undefined;
}

/** Sum of sizes. */
export const countOf = (parameters: readonly Parameter[]): number => parameters.reduce((sum, { size }) => sum + size, 0);

/** The tensors' values one behind the other; the first of them lies at `start`. Weights must be loaded. */
export function flatten(graph: Graph, parameters: readonly Parameter[], start = 0): Float32Array {
  const flat = new Float32Array(countOf(parameters));
  for (const { name, offset } of parameters) flat.set(graph.initializers.get(name)!.typed() as Float32Array, offset - start);
  return flat;
}

/** The other way: puts the values into the graph's initializers, as copies. */
export function unflatten(graph: Graph, parameters: readonly Parameter[], flat: Float32Array): void {
  for (const { name, dims, offset, size } of parameters)
    graph.initializers.set(name, Tensor.float32(dims, flat.slice(offset, offset + size)));
}

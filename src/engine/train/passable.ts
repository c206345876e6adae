import { LatheError } from '../base/errors.ts';
import { cloneModel } from '../onnx/clone.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Node, type Graph, type Model } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { inferShapes } from '../ops/infer.ts';
import { gradientDomain } from '../ops/gradient/rule.ts';
import { scaleIndex } from '../ops/measure/scale-index.ts';
import type { Parameter } from './parameters.ts';

/** Of a batch of pictures. */
const usualRank = 4;

/** Codes that activations of a rounded model may have, by type. */
const ranges: Readonly<Partial<Record<DataType, readonly [low: number, high: number]>>> = {
  [DataType.int4]: [-8, 7],
  [DataType.uint4]: [0, 15],
  [DataType.int8]: [-128, 127],
  [DataType.uint8]: [0, 255],
  [DataType.int16]: [-32768, 32767],
  [DataType.uint16]: [0, 65535],
};

/**
 * A model that training goes through, beside one with layers that stay as they are: what an earlier step has rounded is rounded still, and gradients pass it (straight through, Bengio
 * et al., arXiv:1308.3432); batch normalization that is not trained goes by its stored values. Weights keep their names. The model itself where it has none of these. Throws
 * `training.rounded`.
 */
export function passable(model: Model, parameters: readonly Parameter[]): Model {
  const trained = new Set(parameters.map(({ name }) => name));
  const isStill = (node: Node): boolean =>
    isNormalization(node) && isConstant(model.graph, node) && !trained.has(node.inputs[1]!) && !trained.has(node.inputs[2]!);
  if (!model.graph.nodes.some((node) => isLinear(node) || isStill(node))) return model;
  const copy = cloneModel(model);
  const { graph } = copy;
  for (const node of [...graph.nodes].filter(({ op }) => op === 'DequantizeLinear')) passRounding(copy, node);
  graph.remove(
    ...graph.nodes.filter(
      (node) => node.op === 'QuantizeLinear' && !graph.isOutput(node.outputs[0]!) && !graph.users(node.outputs[0]!).length,
    ),
  );
  const shapes = inferShapes(model);
  for (const node of [...graph.nodes].filter(isStill))
    passNormalization(graph, node, shapes.of(node.inputs[0]!)?.shape?.length ?? usualRank);
  graph.sort();
  graph.prune();
  return copy;
}

/** Copies the weights of a passable model into the one that it came from, in place. */
export function takeWeights(to: Graph, from: Graph): void {
  for (const [name, { type }] of to.initializers) {
    const tensor = from.initializers.get(name);
    if (tensor?.type === type) to.initializers.set(name, tensor);
  }
}

const isLinear = ({ op, domain }: Node): boolean => (op === 'DequantizeLinear' || op === 'QuantizeLinear') && domain === '';
const isNormalization = ({ op, domain }: Node): boolean => op === 'BatchNormalization' && domain === '';
const isConstant = (graph: Graph, { inputs }: Node): boolean => [1, 2, 3, 4].every((index) => graph.initializers.has(inputs[index]!));

/** Stored integers become the floats that they stand for, a pair of Q and DQ a fake quantization. */
function passRounding(model: Model, node: Node): void {
  const { graph } = model;
  const [value, scale = '', zero = ''] = node.inputs as [string, string?, string?];
  const result = node.outputs[0]!;
  const codes = graph.initializers.get(value);
  const scales = graph.initializers.get(scale);
  const zeros = graph.initializers.get(zero)?.toFloat64() ?? new Float64Array(scales?.size ?? 1);
  if (!scales) return;
  if (codes) {
    const at = scaleIndex(codes.dims, scales.size, node);
    const factors = scales.toFloat32();
    const floats = Float32Array.from(codes.toFloat64(), (code, i) => (code - zeros[at(i)]!) * factors[at(i)]!);
    graph.remove(node);
    graph.initializers.set(result, Tensor.float32(codes.dims, floats));
    return;
  }
  const rounding = graph.producer(value);
  if (rounding?.op !== 'QuantizeLinear' || rounding.inputs[1] !== scale) return;
  const known = ranges[graph.initializers.get(zero)?.type ?? DataType.uint8];
  const [first = 0] = zeros;
  if (!known || zeros.some((one) => one !== first))
    throw new LatheError('training.rounded', 'an earlier step rounded this value in a way that training cannot pass', {
      file: model.path,
      node: node.label,
      hint: 'Round the model after the training, or with one zero point for each value (symmetric: true).',
    });
  const [low, high] = known;
  const axis = scales.size === 1 ? -1 : node.int('axis', 1);
  const steps = scales.size === 1 ? stored(graph, `${result}/scale`, Tensor.float32([], scales.toFloat32())) : scale;
  const range = { low: low - first, high: high - first, axis };
  graph.remove(node);
  graph.add(new Node(node.name, 'FakeQuantize', [rounding.inputs[0]!, steps], [result], attributes(range), gradientDomain));
  model.opsets.set(gradientDomain, 1);
}

/** Batch normalization as a product and a sum with what is stored. */
function passNormalization(graph: Graph, node: Node, rank: number): void {
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => graph.initializers.get(node.inputs[index]!)!.toFloat32()) as Vectors;
  const epsilon = node.float('epsilon', 1e-5);
  const factors = scale.map((one, i) => one / Math.sqrt(variance[i]! + epsilon));
  const shifts = shift.map((one, i) => one - mean[i]! * factors[i]!);
  const result = node.outputs[0]!;
  const along = (part: string, values: Float32Array): string =>
    stored(graph, `${result}/${part}`, Tensor.float32([values.length, ...new Array<number>(rank - 2).fill(1)], values));
  const product = graph.uniqueName(`${result}/product`);
  graph.remove(node);
  graph.add(new Node(`${node.name}/Mul`, 'Mul', [node.inputs[0]!, along('factor', factors)], [product]));
  graph.add(new Node(`${node.name}/Add`, 'Add', [product, along('shift', shifts)], [result]));
}

type Vectors = [Float32Array, Float32Array, Float32Array, Float32Array];

function stored(graph: Graph, name: string, tensor: Tensor): string {
  const unique = graph.uniqueName(name);
  graph.initializers.set(unique, tensor);
  return unique;
}

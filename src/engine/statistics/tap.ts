import { LatheError } from '../base/errors.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Graph, Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { MeanRequest } from './channel-means.ts';

/** Output of `extremesModel`: for each value its least, greatest and summed element. The sum shows NaN, which ReduceMax may lose. */
export const extremesOutput = 'lathe_extremes';
export const numbersPerValue = 3;

/** Output of both models, where means are asked for: the means of all requests' channels, one after another. */
export const meansOutput = 'lathe_means';

/** Output of `valuesModel`: how many elements each value has for the input it was given. */
export const sizesOutput = 'lathe_sizes';

/**
 * A copy of the model with one vector of `numbersPerValue` floats a value as output, reduced over the whole tensor: what leaves
 * the graph does not grow with the activations. Throws LatheError `statistics.value` for a value the graph does not have.
 */
export function extremesModel(model: Model, values: readonly string[], means: readonly MeanRequest[]): Uint8Array {
  const tapped = copyForTaps(model, [...values, ...means.map(({ value }) => value)]);
  const { graph } = tapped;
  const scalars = new Scalars(graph);
  for (const value of values) {
    // ReduceMin and ReduceMax exist for float32 in every opset; for a float32 value the Cast falls away when the session is made.
    const float = graph.uniqueName(`${value}/float`);
    graph.add(new Node('', 'Cast', [value], [float], attributes({ to: DataType.float32 })));
    for (const op of ['ReduceMin', 'ReduceMax', 'ReduceSum']) scalars.add(op, float, attributes({ keepdims: 0 }));
  }
  graph.outputs = [scalars.join(extremesOutput), ...tapMeans(tapped, means)];
  return encodeModel(tapped);
}

/** A copy of the model with every value as an output under its own name, and `sizesOutput`. */
export function valuesModel(model: Model, values: readonly string[], means: readonly MeanRequest[]): Uint8Array {
  const tapped = copyForTaps(model, [...values, ...means.map(({ value }) => value)]);
  const { graph } = tapped;
  const scalars = new Scalars(graph);
  for (const value of values) scalars.add('Size', value);
  graph.outputs = [...values.map((name) => ({ name })), scalars.join(sizesOutput), ...tapMeans(tapped, means)];
  return encodeModel(tapped);
}

function tapMeans({ graph, opset }: Model, means: readonly MeanRequest[]): { name: string }[] {
  if (means.length === 0) return [];
  const parts = means.map(({ value, rank, axis }, i) => {
    const axes = Array.from({ length: rank }, (_, at) => at).filter((at) => at !== axis);
    const name = `lathe_mean_${i}`;
    if (opset < 18) graph.add(new Node('', 'ReduceMean', [value], [name], attributes({ axes, keepdims: 0 })));
    else {
      graph.initializers.set(`${name}_axes`, Tensor.int64([axes.length], axes));
      graph.add(new Node('', 'ReduceMean', [value, `${name}_axes`], [name], attributes({ keepdims: 0 })));
    }
    return name;
  });
  const joined = graph.uniqueName(`${meansOutput}_own_type`);
  graph.add(new Node('', 'Concat', parts, [joined], attributes({ axis: 0 })));
  graph.add(new Node('', 'Cast', [joined], [meansOutput], attributes({ to: DataType.float32 })));
  return [{ name: meansOutput }];
}

/** Numbers of no dimension, joined into one vector. */
class Scalars {
  readonly #graph: Graph;
  readonly #parts: string[] = [];
  readonly #shape: string;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#shape = graph.uniqueName('lathe_one');
    graph.initializers.set(this.#shape, Tensor.int64([1], [1]));
  }

  add(op: string, value: string, given = attributes({})): void {
    const name = `lathe_scalar_${this.#parts.length}`;
    this.#graph.add(new Node('', op, [value], [name], given));
    this.#graph.add(new Node('', 'Reshape', [name, this.#shape], [`${name}_1d`]));
    this.#parts.push(`${name}_1d`);
  }

  join(output: string): { name: string } {
    this.#graph.add(new Node('', 'Concat', this.#parts, [output], attributes({ axis: 0 })));
    return { name: output };
  }
}

/** Shares nodes and weights with the model, which stays as it is: only the copy's graph gets new nodes. */
export function copyForTaps(model: Model, values: readonly string[]): Model {
  const copy = new Model(new Graph());
  const { graph } = copy;
  copy.irVersion = model.irVersion;
  for (const [domain, version] of model.opsets) copy.opsets.set(domain, version);
  copy.functions.push(...model.functions);
  copy.rest = model.rest;
  graph.name = model.graph.name;
  graph.rest = model.graph.rest;
  graph.inputs = [...model.graph.inputs];
  for (const [name, tensor] of model.graph.initializers) graph.initializers.set(name, tensor);
  for (const [name, info] of model.graph.valueInfo) graph.valueInfo.set(name, info);
  for (const node of model.graph.topologicalOrder()) graph.add(node);
  for (const value of values) {
    if (graph.producer(value) || graph.isInput(value) || graph.initializers.has(value)) continue;
    throw new LatheError('statistics.value', `the model has no value ${JSON.stringify(value)} to observe`, { file: model.path });
  }
  return copy;
}

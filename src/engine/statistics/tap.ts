import { LatheError } from '../base/errors.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Graph, Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { inferShapes } from '../ops/infer.ts';
import type { MeanRequest } from './channel-means.ts';

/** Output of `extremesModel`. */
export const extremesOutput = 'lathe_extremes';

/** Output of both models, where means are asked for: the means of all requests' channels, one after another. */
export const meansOutput = 'lathe_means';

/** Output of `valuesModel`: how many elements each value has for the input it was given. */
export const sizesOutput = 'lathe_sizes';

/** Places in `extremesOutput` of a value's least, greatest and summed element. */
export interface ExtremePlaces {
  readonly low: number;
  readonly high: number;
  /** The sum shows NaN, which ReduceMax may lose; undefined where the means of the value's channels show it. */
  readonly sum: number | undefined;
}

/**
 * A copy of the model with one vector of two or three floats a value as output, reduced over the whole tensor: what leaves the
 * graph does not grow with the activations. Throws LatheError `statistics.value` for a value the graph does not have.
 */
export function extremesModel(
  model: Model,
  values: readonly string[],
  means: readonly MeanRequest[],
): { readonly bytes: Uint8Array; readonly places: readonly ExtremePlaces[] } {
  const tapped = copyForTaps(model, [...values, ...means.map(({ value }) => value)]);
  const { graph } = tapped;
  const shapes = inferShapes(model);
  const averaged = new Set(means.map(({ value }) => value));
  const scalars = new Scalars(graph);
  const added = values.map((value) => {
    // ReduceMin and ReduceMax exist for float32 in every opset; for a float32 value the Cast falls away when the session is made.
    const float = graph.uniqueName(`${value}/float`);
    graph.add(new Node('', 'Cast', [value], [float], attributes({ to: DataType.float32 })));
    const reduce = (op: string): number => scalars.reduce(op, float, shapes.of(value)?.shape?.length);
    return { low: reduce('ReduceMin'), high: reduce('ReduceMax'), sum: averaged.has(value) ? undefined : reduce('ReduceSum') };
  });
  graph.outputs = [scalars.join(extremesOutput), ...tapMeans(tapped, means)];
  const place = scalars.places();
  const places = added.map(({ low, high, sum }) => ({ low: place[low]!, high: place[high]!, sum: sum === undefined ? sum : place[sum]! }));
  return { bytes: encodeModel(tapped), places };
}

/** A copy of the model with every value as an output under its own name, and `sizesOutput`. */
export function valuesModel(model: Model, values: readonly string[], means: readonly MeanRequest[]): Uint8Array {
  const tapped = copyForTaps(model, [...values, ...means.map(({ value }) => value)]);
  const { graph } = tapped;
  const scalars = new Scalars(graph);
  for (const value of values) scalars.size(value);
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

/** Tensors of one element, joined into one vector. Those of like rank are joined first and reshaped together: a Reshape each costs more. */
class Scalars {
  readonly #graph: Graph;
  /** By number. */
  readonly #parts: { readonly name: string; readonly rank: number }[] = [];
  readonly #flat: string;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#flat = graph.uniqueName('lathe_flat');
    graph.initializers.set(this.#flat, Tensor.int64([1], [-1]));
  }

  /** Reduces the whole value, of the given rank; returns the scalar's number. */
  reduce(op: string, value: string, rank: number | undefined): number {
    return rank ? this.#add(op, value, attributes({ keepdims: 1 }), rank) : this.#add(op, value, attributes({ keepdims: 0 }), 0);
  }

  size(value: string): void {
    this.#add('Size', value, attributes({}), 0);
  }

  join(output: string): { name: string } {
    const ranks = [...new Set(this.#parts.map(({ rank }) => rank))].sort((a, b) => a - b);
    const vectors = ranks.map((rank) => {
      const names = this.#parts.filter((part) => part.rank === rank).map(({ name }) => name);
      this.#graph.add(new Node('', 'Concat', names, [`lathe_rank_${rank}`], attributes({ axis: 0 })));
      return rank === 1 ? `lathe_rank_${rank}` : this.#flatten(`lathe_rank_${rank}`);
    });
    this.#graph.add(new Node('', 'Concat', vectors, [output], attributes({ axis: 0 })));
    return { name: output };
  }

  /** By number: the place of each scalar in the joined vector. */
  places(): number[] {
    const order = this.#parts.map(({ rank }, number) => ({ rank, number })).sort((a, b) => a.rank - b.rank || a.number - b.number);
    const places = new Array<number>(order.length);
    order.forEach(({ number }, place) => (places[number] = place));
    return places;
  }

  #add(op: string, value: string, given: Node['attributes'], rank: number): number {
    const number = this.#parts.length;
    const name = `lathe_scalar_${number}`;
    this.#graph.add(new Node('', op, [value], [name], given));
    this.#parts.push(rank === 0 ? { name: this.#flatten(name), rank: 1 } : { name, rank });
    return number;
  }

  #flatten(value: string): string {
    this.#graph.add(new Node('', 'Reshape', [value, this.#flat], [`${value}_flat`]));
    return `${value}_flat`;
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

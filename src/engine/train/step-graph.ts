import { addGradients } from '../autodiff/differentiate.ts';
import { cloneModel } from '../onnx/clone.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, type Graph, type Model, Node, type ValueInfo } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { inferShapes } from '../ops/infer.ts';
import { peakBytes } from '../ops/measure/memory.ts';
import { gradientDomain, type Attributes } from '../ops/gradient/rule.ts';
import { laterThan, orderForMemory } from './execution-order.ts';
import { lowerBlocked } from './lower/blocked/index.ts';
import { lower, type Lowering } from './lower/lowering.ts';
import { addLosses } from './losses/add-losses.ts';
import type { BatchFeed, TeacherValues, WeightedLoss } from './losses/loss.ts';
import { countOf, flatten, type Parameter } from './parameters.ts';
import { rebatch } from './rebatch.ts';

/** One training step as a model: batch and parameters in, loss and gradients out. */
export interface StepGraph {
  readonly model: Model;
  /** The network's, as asked for, and behind them weights of the losses themselves. */
  readonly parameters: readonly Parameter[];
  /** Where the losses' own weights begin. */
  readonly lossWeights: Float32Array;
  /** Inputs that losses make of every batch. */
  readonly feeds: readonly BatchFeed[];
  /** Batch-norm statistics of this batch, flat, in the order of `statistics`. */
  readonly statistics: readonly { readonly name: string; readonly offset: number; readonly size: number }[];
  /** Activations, gradients and parameters alive at once, by the shapes and the order of nodes; 0 where a shape is not known. */
  readonly peakBytes: number;
  /** Names of inputs and outputs. All parameters cross as one tensor: a hundred small ones would cost half a millisecond a step. */
  readonly names: {
    readonly parameters: string;
    readonly loss: string;
    readonly gradients: string;
    readonly statistics: string;
    readonly outputs: readonly string[];
  };
}

export interface StepOptions {
  readonly batch: number;
  readonly parameters: readonly Parameter[];
  readonly losses: readonly WeightedLoss[];
  /** What a teacher brings, with shapes for one batch; for losses that ask for it. */
  readonly teacher?: TeacherValues;
  readonly lowering: Lowering;
  /** Channels in a block of ONNX Runtime's blocked layout; absent: standard operators only. */
  readonly block?: number;
  /** `training`: batch normalization by the batch's own statistics; `frozen`: by the stored ones. */
  readonly batchNormalization: 'training' | 'frozen';
}

/** Below this, activations are kept for the backward pass: a few passes over them are saved. */
const worthRecomputing = 256 * 2 ** 20;

/**
 * Builds the step of a forward model (opset 21, weights loaded; not changed). Throws `training.no-gradient`, `training.dynamic`, `model.shape`.
 */
export function stepGraph(forward: Model, options: StepOptions): StepGraph {
  const model = cloneModel(forward);
  const { graph } = model;
  rebatch(model, options.batch);
  const outputs = graph.outputs.map(({ name }) => name);
  const statistics = options.batchNormalization === 'training' ? trainBatchNormalization(graph) : [];
  const { loss, weights, feeds } = addLosses(model, options);
  const parameters = [...options.parameters, ...weights];
  const lossWeights = flatten(graph, weights, countOf(options.parameters));
  const gradients = addGradients(model, parameters.map(({ name }) => name), loss); // prettier-ignore
  flattenParameters(graph, parameters);
  const names = {
    parameters: 'parameters',
    loss,
    gradients: flatGradients(graph, parameters, gradients),
    statistics: statistics.length ? flatStatistics(graph, statistics) : '',
    outputs,
  };
  const float = (name: string): ValueInfo => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } });
  graph.outputs = [names.loss, names.gradients, ...(names.statistics ? [names.statistics] : []), ...outputs].map(float);
  const shapes = inferShapes(model);
  const needed = peakBytes(shapes.root) ?? 0;
  if (options.block) lowerBlocked(model, options.block, shapes, needed > worthRecomputing ? laterThan(graph, loss) : undefined);
  lower(model, options.lowering, shapes);
  orderForMemory(graph, { ...names, seed: gradients.get(loss)! });
  model.opsets.delete(gradientDomain);
  return { model, parameters, lossWeights, feeds, statistics, names, peakBytes: needed };
}

/** Batch normalization by the batch's statistics, which become outputs: momentum 0 makes the running values this batch's own. */
export function trainBatchNormalization(graph: Graph): StepGraph['statistics'] {
  const statistics: { name: string; offset: number; size: number }[] = [];
  let offset = 0;
  for (const node of graph.nodes) {
    if (node.op !== 'BatchNormalization' || node.domain !== '') continue;
    const places = [node.inputs[3]!, node.inputs[4]!];
    const size = graph.initializers.get(places[0]!)?.size ?? 0;
    node.attributes.set('training_mode', { kind: 'int', value: 1 });
    node.attributes.set('momentum', { kind: 'float', value: 0 });
    places.forEach((name, i) => {
      graph.setOutput(node, i + 1, graph.uniqueName(`${name}/batch`));
      statistics.push({ name, offset, size });
      offset += size;
    });
  }
  return statistics;
}

/** Makes one output of them. */
export function flatStatistics(graph: Graph, statistics: StepGraph['statistics']): string {
  const values = graph.nodes.filter((node) => node.op === 'BatchNormalization' && node.outputs.length === 3).flatMap(({ outputs }) => outputs.slice(1));
  return emit(graph, 'Concat', values.slice(0, statistics.length), { axis: 0 });
} // prettier-ignore

/** Initializers become parts of one input. */
function flattenParameters(graph: Graph, parameters: readonly Parameter[]): void {
  const all: ValueInfo = { name: 'parameters', type: { kind: 'tensor', elementType: DataType.float32, shape: [countOf(parameters)] } };
  graph.inputs = [...graph.inputs.filter(({ name }) => !parameters.some((parameter) => parameter.name === name)), all];
  const parts = parameters.map(({ name }) => graph.uniqueName(`${name}/flat`));
  const sizes = store(graph, Tensor.int64([parameters.length], parameters.map(({ size }) => size))); // prettier-ignore
  const [first] = graph.nodes;
  const place = first ? { before: first } : {};
  graph.add(new Node('parameters/Split', 'Split', ['parameters', sizes], parts, attributes({ axis: 0 })), place);
  parameters.forEach(({ name, dims, size }, i) => {
    graph.initializers.delete(name);
    // Too many for shape inference to look at the sizes.
    graph.valueInfo.set(parts[i]!, { name: parts[i]!, type: { kind: 'tensor', elementType: DataType.float32, shape: [size] } });
    const shape = store(graph, Tensor.int64([dims.length], dims));
    graph.add(new Node(`${name}/Reshape`, 'Reshape', [parts[i]!, shape], [name]), place);
  });
}

/** What the loss does not depend on has a gradient of zero. */
function flatGradients(graph: Graph, parameters: readonly Parameter[], gradients: ReadonlyMap<string, string>): string {
  const flat = store(graph, Tensor.int64([1], [-1]));
  const parts = parameters.map(({ name, size }) => {
    const gradient = gradients.get(name);
    return gradient === undefined ? store(graph, Tensor.float32([size], new Float32Array(size))) : emit(graph, 'Reshape', [gradient, flat]);
  });
  return emit(graph, 'Concat', parts, { axis: 0 });
}

function emit(graph: Graph, op: string, inputs: readonly string[], values: Attributes = {}): string {
  const name = graph.uniqueName(`step/${op}`);
  graph.add(new Node(name, op, inputs, [name], attributes(values)));
  return name;
}

function store(graph: Graph, tensor: Tensor): string {
  const name = graph.uniqueName('step/constant');
  graph.initializers.set(name, tensor);
  return name;
}

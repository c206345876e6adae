import type { BatchSource } from '../../data/batches.ts';
import { attributes, floatAttribute, type Graph, type Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { inferShapes } from '../../ops/infer.ts';
import { foldInto } from '../../simplify/fold-batch-normalization.ts';
import { biasOf, linearLayer, type LinearLayer } from '../../simplify/linear.ts';
import type { TrainDependencies } from '../task.ts';
import { outputStatistics, type ChannelStatistics } from './output-statistics.ts';

const epsilon = 1e-5;
/** Channels that hardly move keep this part of the mean variance: dividing by nothing would make them loud. */
const floor = 1e-4;

/** Batch normalization for a time. */
export interface RestoredNormalization {
  /** Puts it back into the weights of a model with the same layers, in place. */
  fold(model: Model): void;
}

/**
 * Puts batch normalization behind convolutions that have none, in place: most were folded into the weights when the model was exported, and without it training a cut network
 * takes learning rates ten times smaller. It begins with the statistics of what the convolution makes now (as after folding: Jacob et al., arXiv:1712.05877, section 3.2, the
 * other way), and scales and shifts that undo them: the model computes what it did. Convolutions behind which no other layer with weights comes (heads of detectors, the last
 * one of a restorer), those of one place a picture, those that share weights and those that are not trained (`trains`) stay as they are. Throws `data.*`, `runtime.*`, `model.*`, and Cancelled.
 */
export async function restoreNormalization(
  model: Model,
  { batches, trains }: { readonly batches: BatchSource; readonly trains: (layer: string) => boolean },
  dependencies: Pick<TrainDependencies, 'runtime' | 'context'>,
): Promise<RestoredNormalization> {
  const { graph } = model;
  const shapes = inferShapes(model);
  const layers = graph.nodes.flatMap((node) => {
    const layer = trains(node.label) ? bareConvolution(graph, node) : undefined;
    const shape = layer && shapes.of(node.outputs[0]!)?.shape;
    return layer && shape && shape.slice(2).some((size) => size !== 1) ? [{ layer, rank: shape.length }] : [];
  });
  if (layers.length === 0) return { fold: () => undefined };
  const values = layers.map(({ layer, rank }) => ({ name: layer.node.outputs[0]!, rank }));
  const statistics = await outputStatistics(model, values, batches, dependencies);
  const names = new Set(layers.map(({ layer }, at) => insert(graph, layer, statistics[at]!)));
  return {
    fold({ graph: trained }) {
      for (const node of trained.nodes) if (names.has(node.name)) foldInto(trained, node);
    },
  };
}

/** A convolution with weights of its own that goes into no batch normalization, and before other layers with weights. */
function bareConvolution(graph: Graph, node: Node): LinearLayer | undefined {
  const layer = node.op === 'Conv' || node.op === 'ConvTranspose' ? linearLayer(graph, node) : undefined;
  if (!layer || !graph.initializers.has(node.inputs[1]!) || graph.users(node.inputs[1]!).length > 1) return undefined;
  const users = graph.users(node.outputs[0]!);
  if (graph.isOutput(node.outputs[0]!) || users.some(({ node: reader }) => reader.op === 'BatchNormalization')) return undefined;
  return leadsToLayer(graph, node) ? layer : undefined;
}

const withWeights = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

function leadsToLayer(graph: Graph, from: Node): boolean {
  const seen = new Set<Node>([from]);
  for (const node of seen) {
    for (const output of node.outputs)
      for (const { node: reader } of graph.users(output)) {
        if (withWeights.has(reader.op)) return true;
        seen.add(reader);
      }
  }
  return false;
}

/** Returns the new node's name. The convolution's bias goes into the stored mean. */
function insert(graph: Graph, layer: LinearLayer, { mean, variance }: ChannelStatistics): string {
  const { node, outputs } = layer;
  const result = node.outputs[0]!;
  const bias = biasOf(layer);
  const least = floor * (variance.reduce((sum, value) => sum + value, 0) / outputs);
  const kept = Float32Array.from(variance, (value) => Math.max(value, least, epsilon));
  const constants = {
    scale: Float32Array.from(kept, (value) => Math.sqrt(value + epsilon)),
    shift: Float32Array.from(mean),
    mean: Float32Array.from(mean, (value, channel) => value - bias[channel]!),
    variance: kept,
  };
  const name = graph.uniqueName(`${node.label}/BatchNormalization`);
  const inputs = Object.entries(constants).map(([role, values]) => {
    const constant = graph.uniqueName(`${name}/${role}`);
    graph.initializers.set(constant, Tensor.float32([outputs], values));
    return constant;
  });
  const before = graph.uniqueName(`${result}/convolved`);
  node.name = node.label;
  if (node.inputs[2]) graph.setInput(node, 2, '');
  graph.setOutput(node, 0, before);
  graph.add(new Node(name, 'BatchNormalization', [before, ...inputs], [result], attributes({ epsilon: floatAttribute(epsilon) })), {
    after: node,
  });
  return name;
}

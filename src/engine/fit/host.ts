import type { Graph, Node } from '../onnx/graph.ts';
import { mergeInto, soleReader } from '../simplify/edit.ts';
import { seesNoPadding } from '../simplify/fold-batch-normalization.ts';
import { linearLayer, scaleInputs, scaleOutputs, type LinearLayer } from '../simplify/linear.ts';
import { channelAffine, type ChannelAffine } from './affine.ts';
import { sizesOf, type FitScope, type Match } from './fix.ts';

/** A layer that can take the numbers of a node beside it. */
interface Host {
  readonly layer: LinearLayer;
  readonly affine: ChannelAffine;
  readonly before: boolean;
}

function layerBefore(graph: Graph, node: Node): Host | undefined {
  const makers = node.inputs.map((input) => graph.producer(input));
  const maker = makers.find((producer) => producer && soleReader(graph, producer.outputs[0]!) === node);
  const layer = linearLayer(graph, maker);
  const affine = layer && channelAffine(graph, node, layer.weight.dims.length, layer.outputs);
  return affine && affine.value === layer.node.outputs[0] ? { layer, affine, before: true } : undefined;
}

function layerBehind(graph: Graph, node: Node, channels: number | undefined): Host | undefined {
  const output = node.outputs[0]!;
  const layer = linearLayer(graph, soleReader(graph, output));
  if (!layer || layer.node.inputs[0] !== output || layer.inputs !== channels) return undefined;
  const affine = channelAffine(graph, node, layer.weight.dims.length, channels);
  if (!affine || (affine.shift.some((value) => value !== 0) && !seesNoPadding(layer))) return undefined;
  return { layer, affine, before: false };
}

/** Puts what a node multiplies and adds into the layer before it, whose result nothing else reads, or into the one behind, its only reader. */
export function foldBeside(node: Node, scope: FitScope): Match | undefined {
  const { graph } = scope;
  const host = layerBefore(graph, node) ?? layerBehind(graph, node, sizesOf(scope, node.outputs[0])?.[1]);
  if (!host) return undefined;
  const { layer, affine, before } = host;
  return {
    nodes: [node.label, layer.node.label],
    message: `${node.op} goes into ${layer.node.label} ${before ? 'before' : 'behind'} it`,
    apply() {
      const done = before ? scaleOutputs(graph, layer, affine.scale, affine.shift) : scaleInputs(graph, layer, affine.scale, affine.shift);
      if (!done) return false;
      if (before) mergeInto(graph, layer.node, node);
      else {
        graph.remove(node);
        graph.setInput(layer.node, 0, affine.value);
      }
      return undefined;
    },
  };
}

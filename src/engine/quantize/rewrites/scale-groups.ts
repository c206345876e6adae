import type { Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { setConstant } from '../../simplify/edit.ts';
import type { ChannelGroup } from './channel-groups.ts';
import { scaleLayer, type ChannelLayer } from './channel-layer.ts';
import type { RewriteState } from './rewrite.ts';

/**
 * Multiplies the channels of each group's values by its factors and takes them out again where they are read. A layer between two groups
 * is written once, so that its weights are rounded to float32 once. What is known of the values follows.
 */
export function scaleGroups(state: RewriteState, factors: ReadonlyMap<ChannelGroup, Float64Array>): void {
  const { graph } = state.model;
  const layers = new Map<Node, { layer: ChannelLayer; outputs?: Float64Array; inputs?: Float64Array }>();
  const entry = (layer: ChannelLayer) => {
    const known = layers.get(layer.node) ?? { layer };
    layers.set(layer.node, known);
    return known;
  };
  for (const [group, own] of factors) {
    for (const maker of group.makers) {
      if (maker.kind === 'layer') entry(maker.layer).outputs = own;
      else for (const index of maker.indices) scaleConstant(state, maker.node, index, own);
    }
    for (const { layer, block } of group.readers) {
      entry(layer).inputs = Float64Array.from({ length: layer.inputs }, (_, input) => 1 / own[Math.floor(input / block)]!);
    }
    for (const { node, index } of group.addends) scaleConstant(state, node, index, own);
    for (const value of group.values.keys()) {
      state.channels.scale(value, own);
      const normal = state.batchNorm.get(value);
      for (const numbers of normal ? [normal.mean, normal.deviation] : []) own.forEach((factor, i) => (numbers[i]! *= factor));
    }
  }
  for (const { layer, outputs, inputs } of layers.values()) scaleLayer(graph, layer, { outputs, inputs });
}

/** A constant with one number a channel, whatever axes of size 1 it has. */
function scaleConstant({ model }: RewriteState, node: Node, index: number, factors: Float64Array): void {
  const tensor = model.graph.constant(node.inputs[index]!)!;
  const scaled = Float32Array.from(tensor.toFloat32(), (value, channel) => value * factors[channel]!);
  setConstant(model.graph, node, index, 'constant', Tensor.float32(tensor.dims, scaled));
}

import type { Graph, Node } from '../onnx/graph.ts';
import { floatConstant, mergeInto, soleReader } from './edit.ts';
import { linearLayer, scaleInputs, scaleOutputs, type LinearLayer } from './linear.ts';
import type { Pass, SimplifyNote } from './pass.ts';

/**
 * BatchNormalization at inference is y = s x + t per channel, s = gamma / sqrt(variance + epsilon), t = beta - s mean. It goes into
 * the Conv, ConvTranspose or Gemm before it, or else into the Conv or Gemm behind it: there t passes through the weights into the
 * bias, which is exact only where the layer does not pad (padding is zero after the normalization, not t) or t is zero.
 */
export const foldBatchNormalization: Pass = {
  name: 'fold-batch-normalization',
  summary: 'puts batch normalization into the weights of the layer before or behind it',
  apply({ graph }) {
    const notes: SimplifyNote[] = [];
    for (const node of graph.nodes.filter(({ op, domain }) => op === 'BatchNormalization' && domain === '')) {
      const host = foldInto(graph, node);
      if (host) notes.push({ pass: this.name, layer: node.label, into: host, message: `batch normalization folded into ${host}` });
    }
    return notes;
  },
};

/** Folds a BatchNormalization and returns the label of the layer that took it, or undefined. */
export function foldInto(graph: Graph, node: Node): string | undefined {
  const affine = affineOf(graph, node);
  if (!affine) return undefined;
  const [input, output] = [node.inputs[0]!, node.outputs[0]!];
  const before = linearLayer(graph, graph.producer(input));
  if (before && soleReader(graph, input) === node && before.outputs === affine.scale.length) {
    if (!scaleOutputs(graph, before, affine.scale, affine.shift)) return undefined;
    mergeInto(graph, before.node, node);
    return before.node.label;
  }
  const behind = linearLayer(graph, soleReader(graph, output));
  if (!behind || behind.node.inputs[0] !== output || behind.inputs !== affine.scale.length) return undefined;
  if (affine.shift.some((value) => value !== 0) && !seesNoPadding(behind)) return undefined;
  if (!scaleInputs(graph, behind, affine.scale, affine.shift)) return undefined;
  graph.remove(node);
  graph.setInput(behind.node, 0, input);
  return behind.node.label;
}

/** What it multiplies and adds; undefined where that is no constant, or in training. */
export function affineOf(graph: Graph, node: Node): { scale: Float64Array; shift: Float64Array } | undefined {
  if (node.int('training_mode', 0) !== 0 || node.int('spatial', 1) === 0 || node.outputs.filter((output) => output !== '').length > 1)
    return undefined;
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => floatConstant(graph, node.inputs[index])?.values);
  if (!gamma || !beta || !mean || !variance) return undefined;
  const epsilon = node.float('epsilon', 1e-5);
  const scale = gamma.map((value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  return { scale, shift: beta.map((value, channel) => value - mean[channel]! * scale[channel]!) };
}

/** Whether every sum has all its terms. A transposed convolution adds up another number of them at its borders, so it never qualifies. */
export function seesNoPadding({ node }: LinearLayer): boolean {
  if (node.op === 'Gemm') return true;
  if (node.op !== 'Conv') return false;
  const automatic = node.string('auto_pad', 'NOTSET');
  return automatic === 'VALID' || (automatic === 'NOTSET' && (node.ints('pads') ?? []).every((pad) => pad === 0));
}

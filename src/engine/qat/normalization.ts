import { attributes, floatAttribute, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { storedBias } from '../quantize/bias.ts';
import type { BatchNormStatistics, ChannelNormal } from '../quantize/batch-norm-statistics.ts';
import type { QuantizeSettings } from '../quantize/step.ts';
import type { Holding, QatLayer, Values } from './methods/method.ts';
import type { Site } from './site.ts';
import { powerOfTwoNear, scaledParameter } from './units.ts';

/** A layer's batch normalization, folded into its rounded weights while it is trained. */
export interface TrainedNormalization extends Holding {
  /** What it multiplies each channel's scale by, and the bias it leaves, as things are now. */
  fold(values: Values): { readonly factors: Float32Array; readonly bias: Float32Array };
}

const epsilon = 1e-5;
/** Factors stay positive: a channel that changed its sign would change all of its codes. */
const [least, most] = [1 / 8, 8];

/** Whether the network's own statistics still hold behind the rewrites. */
const isRewritten = (settings: QuantizeSettings): boolean => settings.equalize || settings['absorb-bias'] || settings.migrate > 0;

/**
 * What batch normalization said of a layer's results, where folding it into one scale a channel is exact: a convolution with rounded weights of its own scales. Elsewhere
 * (one scale for all, no normalization) the folded weights are trained with their bias.
 */
export function normalOf(node: Node, { start, compute }: QatLayer, normals: BatchNormStatistics): ChannelNormal | undefined {
  const normal = node.op === 'Conv' && !isRewritten(compute.settings) ? normals.get(node.outputs[0]!) : undefined;
  const fits = start.weights.axis === 0 && start.bias !== undefined && normal?.mean.length === start.weights.scales.length;
  return fits && start.weights.zeroPoints.every((zero) => zero === start.weights.zeroPoints[0]) ? normal : undefined;
}

/**
 * Puts batch normalization behind a folded convolution again, so that a training by the batches' own statistics keeps the sizes of activations: rounded weights are
 * multiplied by one factor a channel, which becomes a part of their scale (Krishnamoorthi, arXiv:1806.08342, section 3.2.2, with scales by channel). It begins as the identity:
 * the stored mean and variance are those that the network had (`normal`), without the bias.
 */
export function restoreNormalization(node: Node, layer: QatLayer, normal: ChannelNormal, site: Site): TrainedNormalization {
  const { graph } = site;
  const bias = storedBias(layer.start.bias!);
  const channels = bias.length;
  const unit = powerOfTwoNear(normal.deviation.reduce((sum, x) => sum + x, 0) / channels);
  const floor = unit * 1e-3;
  const variance = Float32Array.from(normal.deviation, (deviation) => Math.max(deviation, floor) ** 2);
  const deviation = variance.map((value) => Math.sqrt(value + epsilon));
  const mean = Float32Array.from(normal.mean, (value, i) => value - bias[i]!);
  const [meanName, varianceName] = [mean, variance].map((values) => site.constant(Tensor.float32([channels], values))) as [string, string];
  const factor = site.parameter('factor', Tensor.float32([channels], new Float32Array(channels).fill(1)), 'weight');
  const gamma = site.emit('Mul', [site.constant(Tensor.float32([channels], deviation)), factor]);
  const shift = { dims: [channels], values: Float32Array.from(normal.mean) };
  const beta = scaledParameter(site, 'shift', shift, { dims: [], values: Float32Array.of(unit), of: () => 0 });
  const result = node.outputs[0]!;
  const before = graph.uniqueName(`${result}/convolved`);
  graph.setInput(node, 2, '');
  graph.setOutput(node, 0, before);
  const inputs = [before, gamma, beta.value, meanName, varianceName];
  const name = graph.uniqueName(`${layer.name}/BatchNormalization`);
  graph.add(new Node(name, 'BatchNormalization', inputs, [result], attributes({ epsilon: floatAttribute(epsilon) })), { after: node });
  return {
    fold(values) {
      const [means, variances, now, shifts] = [values(meanName), values(varianceName), values(factor), beta.current(values)];
      const factors = now.map((value, i) => (value * deviation[i]!) / Math.fround(Math.sqrt(variances[i]! + epsilon)));
      return { factors, bias: shifts.map((value, i) => value - means[i]! * factors[i]!) };
    },
    hold(values) {
      const now = values(factor);
      for (let i = 0; i < now.length; i++) now[i] = Math.max(least, Math.min(most, now[i]!));
    },
  };
}

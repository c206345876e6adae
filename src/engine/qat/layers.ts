import { LatheError } from '../base/errors.ts';
import type { Node } from '../onnx/graph.ts';
import { biasFormat } from '../quantize/bias.ts';
import type { ComputeNode } from '../quantize/classify.ts';
import { layerConstants, layerPairs, quantizeLayerWeights } from '../quantize/layer-weights.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { RoundedLayer } from '../quantize/round/rounding.ts';
import { pairLimit } from '../quantize/saturation.ts';
import { grid, type Scheme } from '../quantize/scheme.ts';
import { weightFormat } from '../quantize/weight-format/index.ts';
import type { QatLayer } from './methods/method.ts';
import { powerOfTwoNear } from './units.ts';

/** Codes that a bias may have. int32 leaves half of its range to the sum that it is added to. */
export const biasCodes = { int8: { low: -128, high: 127 }, int32: { low: -(2 ** 30), high: 2 ** 30 } } as const;

/**
 * The layers whose weights are trained rounded, by node of the plan's model: those that run on integers (`rounded`), and those that only store their weights so. Throws
 * `qat.format` for what cannot be trained.
 */
export function qatLayers(plan: StaticPlan, rounded: ReadonlyMap<Node, RoundedLayer>): ReadonlyMap<Node, QatLayer> {
  const layers = new Map<Node, QatLayer>();
  for (const integer of plan.placement.integerNodes) {
    const start = rounded.get(integer.node);
    if (!start) continue;
    const biasUnit = powerOfTwoNear(spread(plan.schemes.get(integer.output)!));
    layers.set(integer.node, qatLayer(plan, integer.node, integer.compute!, { start, bias: biasFormat(plan, integer).kind, biasUnit }));
  }
  for (const { node, compute } of plan.placement.weightsOnly) {
    if (!plan.model.graph.constant(node.inputs[compute.role.weight]!)) continue;
    const constants = layerConstants(node, compute, plan.model.graph);
    const found = quantizeLayerWeights(node, compute, constants, plan.request.target, { inputScale: undefined, kernel: false });
    layers.set(node, qatLayer(plan, node, compute, { start: { ...found, bias: undefined }, bias: 'own scale', biasUnit: 1 }));
  }
  return layers;
}

/** Standard deviation of a value that fills its range as a normal one does behind a ReLU. */
const spread = ({ scale, lowest, highest }: Scheme): number => (scale * (highest - lowest)) / 6;

function qatLayer(
  { model, request }: StaticPlan,
  node: Node,
  compute: ComputeNode,
  own: Pick<QatLayer, 'start' | 'bias' | 'biasUnit'>,
): QatLayer {
  const constants = layerConstants(node, compute, model.graph);
  const { start } = own;
  const { type, bits, symmetric, blocks, zeroPoints, data } = start.weights;
  const problem = blocks
    ? 'granularity: block'
    : zeroPoints.some((zero) => zero !== zeroPoints[0])
      ? 'symmetric-weights: false'
      : undefined;
  if (problem)
    throw new LatheError('qat.format', `qat trains weights on one symmetric grid for each channel or tensor, not with ${problem}`, {
      node: node.label,
      hint: 'Use granularity: channel or tensor and symmetric-weights: true.',
    });
  const on = grid(type, weightFormat(bits).gridBits, symmetric);
  const zero = zeroPoints[0] ?? 0;
  // A board's grid has one code more below than above.
  let low = on.lowest - zero;
  for (const code of data) low = Math.min(low, code - zero);
  const high = on.highest - zero;
  const kept = compute.settings['weight-type'] === 'auto' && request.target.saturation === 'pairs-int16';
  // Without a kernel nothing is summed in 16 bits.
  const saturates = kept && own.bias === 'int32' && data instanceof Int8Array && 2 * high > pairLimit;
  const pairs = saturates ? layerPairs(node, constants, undefined) : undefined;
  return {
    name: node.label,
    compute,
    dims: constants.dims,
    weights: constants.weights,
    ...own,
    powerOfTwo: compute.settings.scales === 'power-of-two',
    low,
    high,
    ...(pairs ? { pairs } : {}),
  };
}

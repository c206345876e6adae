import type { Node } from '../../onnx/graph.ts';
import { biasFormat, quantizeBias } from '../bias.ts';
import { biasShift } from '../correct-bias.ts';
import { layerConstants, quantizeLayerWeights, type LayerConstants } from '../layer-weights.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import type { RoundedLayer, Rounding } from './rounding.ts';

/** Each weight by itself; the mean shift that causes is taken out of the bias where the means of the inputs are known. */
export const nearest: Rounding = {
  name: 'nearest',
  round: (plan, nodes) => {
    const wanted = plan.placement.integerNodes.filter(({ node }) => nodes.has(node));
    return Promise.resolve(
      new Map(
        wanted.flatMap((integer): [Node, RoundedLayer][] => {
          const found = roundNearest(plan, integer);
          return found ? [[integer.node, found]] : [];
        }),
      ),
    );
  },
};

/** undefined for a node without constant weights: a product of two activations, or an operator that has none. */
export function roundNearest(plan: StaticPlan, integer: IntegerNode): RoundedLayer | undefined {
  const { model, request, schemes, means, shapes, weightPositions } = plan;
  const { node, compute } = integer;
  if (!compute || !model.graph.constant(node.inputs[compute.role.weight]!)) return undefined;
  const constants = layerConstants(node, compute, model.graph);
  const activation = node.inputs[compute.role.activation]!;
  const inputScale = schemes.get(activation)!.scale;
  const found = quantizeLayerWeights(node, compute, constants, request.target, {
    inputScale,
    kernel: true,
    positions: weightPositions.get(node),
  });
  const mean = compute.role.bias === undefined ? undefined : means.get(activation);
  const bias = mean ? correctedBias(constants, biasShift(node, constants, found.weights, mean, shapes.of(activation))) : constants.bias;
  return { ...found, bias: bias && quantizeBias(bias, biasFormat(plan, integer), found.weights.scales) };
}

const correctedBias = ({ bias, channels }: LayerConstants, shift: Float64Array): Float64Array =>
  Float64Array.from({ length: channels }, (_, channel) => (bias?.[channel] ?? 0) - (Number.isFinite(shift[channel]) ? shift[channel]! : 0));

import type { Node } from '../../onnx/graph.ts';
import { productShape } from '../../statistics/moment-graph.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import { roundNearest } from './nearest.ts';
import type { RoundedLayer, Rounding } from './rounding.ts';
import type { WalkLayer } from './layer-work.ts';
import { walkLayers } from './walk.ts';

/** Bytes of one layer's second moment. 48 MiB: 2,500 inputs, or 277 channels of a 3×3 kernel. */
const mostMomentBytes = 48 * 2 ** 20;

/**
 * All weights of a layer together, so that the mean squared error of its output on the calibration pictures is small, and its bias from
 * the means; layer after layer. What cannot be done so is rounded to nearest and says why.
 */
export const layer: Rounding = {
  name: 'layer',
  round: async (plan, nodes) => {
    const layers: WalkLayer[] = [];
    const others = new Map<Node, RoundedLayer>();
    for (const integer of plan.placement.integerNodes) {
      const nearest = roundNearest(plan, integer);
      if (!nearest) continue;
      const dims = plan.model.graph.constant(integer.node.inputs[integer.compute!.role.weight]!)!.dims;
      const shape = productShape(integer.node, dims);
      const reason = nodes.has(integer.node) ? obstacle(plan, integer) : undefined;
      if (nodes.has(integer.node) && shape && reason === undefined) layers.push({ integer, dims, shape, nearest });
      else others.set(integer.node, nodes.has(integer.node) ? { ...nearest, note: reason ?? 'its weights are no plain matrix' } : nearest);
    }
    const rounded = layers.length ? await walkLayers(plan, layers, others) : new Map<Node, RoundedLayer>();
    for (const [node, found] of others) if (nodes.has(node)) rounded.set(node, found);
    return rounded;
  },
};

/** Why a layer's weights are rounded to nearest all the same; undefined: they need not be. */
function obstacle({ model }: StaticPlan, { node, compute }: IntegerNode): string | undefined {
  const { role, settings } = compute!;
  const name = node.inputs[role.weight]!;
  const { dims } = model.graph.constant(name)!;
  const shape = productShape(node, dims);
  if (!shape) return 'its weights are no plain matrix';
  if (settings.granularity === 'block') return 'its scales are those of blocks';
  if (settings.weights === 16) return '16 bits leave nothing to gain';
  if (model.graph.users(name).length > 1) return 'its weights are used more than once';
  const bytes = 8 * shape.groups * shape.depth * (shape.depth + shape.outputs);
  if (bytes > mostMomentBytes) return `the second moment of its ${shape.depth} inputs would take ${Math.round(bytes / 2 ** 20)} MiB`;
  return undefined;
}

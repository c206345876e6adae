import type { Node } from '../../onnx/graph.ts';
import { alignedOperators, isAligned } from '../../targets/esp32s3/alignment.ts';
import type { StaticPlan } from '../plan.ts';
import { anyPosition, scaleAt, type Positions } from './position.ts';
import { PositionGroups } from './position-groups.ts';
import { relativeError } from './values.ts';

/**
 * Brings a plan's fix positions into what ESP-DL computes with: what only a sum or a Concat reads has the exponent of its result
 * (targets/esp32s3/alignment.ts), nodes that move elements keep theirs, and sums of products are as fine as their result or finer,
 * since kernels shift to the right only.
 */
export function onEspDl(plan: StaticPlan): StaticPlan {
  const { placement, schemes } = plan;
  const { graph } = plan.model;
  const groups = new PositionGroups(schemes);
  for (const set of placement.tied) groups.tie(set);
  for (const { node, inputs, output } of placement.integerNodes) {
    if (!alignedOperators.has(node.op)) continue;
    groups.tie([output, ...inputs.map((index) => node.inputs[index]!).filter((value) => isAligned(graph, value))]);
  }
  groups.choose((value, position) => relativeError(plan.statistics.get(value), { ...schemes.get(value)!, scale: scaleAt(position) }));
  const weightPositions = new Map<Node, Positions>();
  for (const { node, compute, output } of placement.integerNodes) {
    if (!compute) continue;
    const input = node.inputs[compute.role.activation]!;
    if (groups.has(input) && groups.has(output)) {
      weightPositions.set(node, { ...anyPosition, least: groups.at(output) - groups.at(input) });
    }
  }
  return { ...plan, schemes: groups.schemes(), weightPositions };
}

import type { StaticPlan } from '../../plan.ts';
import { floorFloat32 } from '../../scheme.ts';
import type { FreeScale } from './attempt.ts';
import type { Block } from './partition.ts';

/**
 * Activations of a block whose scale may be any float and belongs to them alone: not powers of two, not tied to others by nodes that move or join
 * elements. A value behind a Relu or Clip must not reach beyond its bound.
 */
export function freeScales({ request, placement, schemes, model }: StaticPlan, { nodes }: Block): FreeScale[] {
  if (request.settings.scales !== 'float') return [];
  const shared = new Set(placement.tied.flat());
  for (const { node, kind, inputs, output } of placement.integerNodes)
    if (kind === 'joined') for (const value of [output, ...inputs.map((index) => node.inputs[index]!)]) shared.add(value);
  const inside = new Set(nodes);
  return placement.values.flatMap((value): FreeScale[] => {
    const maker = model.graph.producer(value);
    if (!maker || !inside.has(maker) || !placement.made.has(value) || shared.has(value)) return [];
    const { scale, highest, zeroPoint } = schemes.get(value)!;
    const bound = placement.bounds.get(value)?.high ?? Infinity;
    return [{ value, scale, most: Math.max(scale, floorFloat32(bound / (highest - zeroPoint))) }];
  });
}

import type { Node } from '../../onnx/graph.ts';
import type { StaticPlan } from '../plan.ts';
import { layer } from './layer.ts';
import { nearest } from './nearest.ts';
import type { RoundedLayer, Rounding } from './rounding.ts';

/** Every way to round. A new one is one file, a line here and its name in `round` of step.ts. */
export const roundings: readonly Rounding[] = [nearest, layer];

/** Layers that could not be rounded as asked, by reason, in sentences. */
export function roundingNotes(rounded: ReadonlyMap<Node, RoundedLayer>): string[] {
  const byReason = new Map<string, string[]>();
  for (const [node, { note }] of rounded) if (note !== undefined) byReason.set(note, [...(byReason.get(note) ?? []), node.label]);
  return [...byReason].map(([reason, names]) => `Rounded to nearest, not by layer, because ${reason}: ${names.join(', ')}.`);
}

/** Rounds each layer in the way its settings ask for; those of `round: block` begin as by layer (block/index.ts takes them further). */
export async function roundLayers(plan: StaticPlan): Promise<Map<Node, RoundedLayer>> {
  const rounded = new Map<Node, RoundedLayer>();
  for (const rounding of roundings) {
    const asking = plan.placement.integerNodes.filter(({ compute }) => compute && startOf(compute.settings.round) === rounding.name);
    if (asking.length === 0) continue;
    for (const [node, layer] of await rounding.round(plan, new Set(asking.map(({ node }) => node)))) rounded.set(node, layer);
  }
  return rounded;
}

const startOf = (round: string): string => (round === 'block' ? layer.name : round);

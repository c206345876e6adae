import type { PrunableGroup, PruningProfile } from '../../protocol/pruning.ts';
import type { Model } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import { choiceParameters } from './choose/settings.ts';
import { pruningProfile } from './costs.ts';
import { couplingOf, type Coupling, type CouplingGroup } from './groups/index.ts';

/**
 * What the model costs at any widths, with the limits that the step `prune` keeps by itself; reads no large weight. Throws what shape inference
 * throws, and `graph.cycle`.
 */
export function previewOf(model: Model, shapes: Shapes = inferShapes(model)): { profile: PruningProfile; coupling: Coupling } {
  const coupling = couplingOf(model, { shapes });
  const profile = pruningProfile(model, coupling, shapes);
  const groups = profile.groups.map((group, i): PrunableGroup => ({
    ...group,
    minimum: fewest(group.channels),
    places: placesOf(coupling.groups[i]!),
  }));
  return { profile: { ...profile, groups }, coupling };
}

/** What the step's own defaults leave of a group in any case. */
function fewest(channels: number): number {
  const { 'min-channels': least, 'max-ratio': most } = choiceParameters;
  return Math.max(least.default as number, Math.ceil(channels * (1 - (most.default as number)) - 1e-9));
}

const placesOf = ({ slices }: CouplingGroup): number[] => [
  ...new Set(slices.filter(({ role }) => role === 'produces').map(({ places }) => Math.max(1, places[0]?.length ?? 1))),
];

import type { PrunedExtent, PruningProfile } from '../../../protocol/pruning.ts';
import { shareLeft } from '../costs-at.ts';

export type CostKind = 'macs' | 'parameters';

/** What is saved when one group becomes narrower, the others as they are: only its own layers or tensors are looked at. */
export function savings(profile: PruningProfile, kind: CostKind): (group: number, widths: readonly number[], width: number) => number {
  const parts =
    kind === 'macs'
      ? profile.layers.map(({ macs, extents }) => ({ cost: macs, extents }))
      : profile.tensors.map(({ elements, extents }) => ({ cost: elements, extents }));
  const own = profile.groups.map((_, group) => parts.filter(({ extents }) => touches(extents, group)));
  return (group, widths, width) => {
    const narrower = widths.with(group, width);
    return own[group]!.reduce(
      (sum, { cost, extents }) => sum + cost * (shareLeft(profile, extents, widths) - shareLeft(profile, extents, narrower)),
      0,
    );
  };
}

const touches = (extents: readonly PrunedExtent[], group: number): boolean =>
  extents.some(({ groups }) => groups.some(([index]) => index === group));

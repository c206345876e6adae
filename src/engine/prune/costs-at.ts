import type { PrunedCosts, PrunedExtent, PruningProfile } from '../../protocol/pruning.ts';

/**
 * What the model costs with so many channels left in each group (by place in `profile.groups`): the stored elements exactly, wherever each channel of a group has the
 * same number of places. Pure: a slider follows it.
 */
export function costsAt(profile: PruningProfile, left: readonly number[]): PrunedCosts {
  const share = (extents: readonly PrunedExtent[]): number => shareLeft(profile, extents, left);
  let [parameters, macs, bytes] = [0, 0, 0];
  for (const layer of profile.layers) macs += layer.macs * share(layer.extents);
  for (const tensor of profile.tensors) {
    const elements = tensor.elements * share(tensor.extents);
    parameters += elements;
    bytes += elements * tensor.bytes;
  }
  return { parameters: Math.round(parameters), macs: Math.round(macs), bytes: Math.ceil(bytes) };
}

/** The part that stays of a product of extents, 0 to 1. */
export function shareLeft(profile: PruningProfile, extents: readonly PrunedExtent[], left: readonly number[]): number {
  let share = 1;
  for (const { fixed, groups } of extents) {
    let [length, whole] = [fixed, fixed];
    for (const [group, places] of groups) {
      length += places * left[group]!;
      whole += places * profile.groups[group]!.channels;
    }
    share *= length / whole;
  }
  return share;
}

/** Nothing removed. */
export const wholeWidths = (profile: PruningProfile): number[] => profile.groups.map(({ channels }) => channels);

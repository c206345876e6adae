import type { PrunedCosts, PrunedExtent, PruningProfile } from '../../src/protocol/pruning.ts';

/** Which share of a product of extents is there when `left[i]` of the `whole[i]` channels of group i are left. */
function share(extents: readonly PrunedExtent[], left: readonly number[], whole: readonly number[]): number {
  const length = ({ fixed, groups }: PrunedExtent, channels: readonly number[]): number =>
    groups.reduce((sum, [group, places]) => sum + channels[group]! * places, fixed);
  return extents.reduce((product, one) => product * (length(one, left) / length(one, whole)), 1);
}

/** What the model costs when `left[i]` channels of group i are left. As `costsAt` of the engine, which a view can't import; a test holds them together. */
export function costsLeft(profile: PruningProfile, left: readonly number[]): PrunedCosts {
  const whole = profile.groups.map(({ channels }) => channels);
  let [parameters, macs, bytes] = [0, 0, 0];
  for (const layer of profile.layers) macs += layer.macs * share(layer.extents, left, whole);
  for (const tensor of profile.tensors) {
    const elements = tensor.elements * share(tensor.extents, left, whole);
    parameters += elements;
    bytes += elements * tensor.bytes;
  }
  return { parameters: Math.round(parameters), macs: Math.round(macs), bytes: Math.ceil(bytes) };
}

/** Multiply-adds of the layers that make or read each group, as the model is: what there is to win. */
export function macsOfGroups({ groups, layers }: PruningProfile): number[] {
  const sums = groups.map(() => 0);
  for (const { macs, extents } of layers) {
    for (const group of new Set(extents.flatMap((one) => one.groups.map(([at]) => at)))) sums[group]! += macs;
  }
  return sums;
}

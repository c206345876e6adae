import type { CouplingGroup } from '../groups/types.ts';
import { sumByChannel, weightReader, type PartKind } from '../importance/weights.ts';
import type { CriterionRequest, Votes } from './criterion.ts';

/** Sum of |w|^p over the channel's part of each tensor: filters that make it, the next layers' columns, and scales of batch normalization where `kinds` names them. */
export function powerSums({ model }: CriterionRequest, p: number, kinds: readonly PartKind[]): (group: CouplingGroup) => Votes {
  const read = weightReader(model);
  return (group) => read(group, kinds).map((part) => sumByChannel(part, (index) => Math.abs(part.values[index]!) ** p));
}

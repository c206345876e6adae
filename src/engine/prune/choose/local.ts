import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { WidthPath } from './path.ts';
import { allowedWidth, firstWidth, type GroupRules } from './widths.ts';

/** Steps from nothing to everything: a tenth of a per cent each. */
const steps = 1000;

/** Every group loses the same part of its channels, but for those with a ratio of their own. */
export const localPath = (profile: PruningProfile, rules: readonly GroupRules[]): WidthPath =>
  unequalPath(profile, rules, profile.groups.map(() => 1)); // prettier-ignore

/** The part of a group that is left is that of the local path to the power of its `weight`: above 1 it loses more than others, below 1 less. */
export function unequalPath({ groups }: PruningProfile, rules: readonly GroupRules[], weights: readonly number[]): WidthPath {
  return {
    steps,
    stepAt: (part) => Math.round(part * steps),
    at: (step) =>
      groups.map(({ channels }, i) => {
        const own = rules[i]!;
        if (own.ratio !== undefined) return firstWidth(channels, own);
        return allowedWidth(channels * (1 - step / steps) ** weights[i]!, channels, own);
      }),
  };
}

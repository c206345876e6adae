import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { WidthPath } from './path.ts';
import { allowedWidth, firstWidth, type GroupRules } from './widths.ts';

/** Steps from nothing to everything: a tenth of a per cent each. */
const steps = 1000;

/** Every group loses the same part of its channels, but for those with a ratio of their own. */
export function localPath({ groups }: PruningProfile, rules: readonly GroupRules[]): WidthPath {
  return {
    steps,
    stepAt: (part) => Math.round(part * steps),
    at: (step) =>
      groups.map(({ channels }, i) => {
        const own = rules[i]!;
        return own.ratio === undefined ? allowedWidth(channels * (1 - step / steps), channels, own) : firstWidth(channels, own);
      }),
  };
}

import type { Issue } from '../check.ts';
import { layerName } from './layer-name.ts';
import { missingData } from './missing-data.ts';
import { missingDecode } from './missing-decode.ts';
import { missingPath } from './missing-path.ts';
import { newNetwork } from './new-network.ts';
import { preprocessing } from './preprocessing.ts';
import type { Rule, RuleContext } from './rule.ts';
import { sharedPictures } from './shared-pictures.ts';
import { stepModel } from './step-model.ts';
import { targetLimit } from './target-limit.ts';
import { unusedKey } from './unused-key.ts';

/** Everything that is checked of what a recipe means. */
export const rules: readonly Rule[] = [
  missingPath,
  newNetwork,
  stepModel,
  targetLimit,
  layerName,
  unusedKey,
  missingData,
  missingDecode,
  sharedPictures,
  preprocessing,
];

/** Of one rule at most so many are told: nobody reads more, and each has to be found in the text. */
const mostOfOne = 100;

/** What is wrong with a recipe beyond its schema. */
export function checkRules(context: RuleContext): Issue[] {
  return rules.flatMap((rule) => {
    const found: Issue[] = [];
    for (const issue of rule.check(context)) if (found.push(issue) >= mostOfOne) break;
    return found;
  });
}

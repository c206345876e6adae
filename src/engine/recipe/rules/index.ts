import type { Issue } from '../check.ts';
import { board } from './board.ts';
import { chain } from './chain.ts';
import { deployIdentity } from './deploy-identity.ts';
import { deployPower } from './deploy-power.ts';
import { deployTarget } from './deploy-target.ts';
import { formatTarget } from './format-target.ts';
import { joint } from './joint.ts';
import { labels } from './labels.ts';
import { layerEntry } from './layer-entry.ts';
import { layerName } from './layer-name.ts';
import { learningRate } from './learning-rate.ts';
import { missingData } from './missing-data.ts';
import { missingDecode } from './missing-decode.ts';
import { missingPath } from './missing-path.ts';
import { newNetwork } from './new-network.ts';
import { noEffect } from './no-effect.ts';
import { pictures } from './pictures.ts';
import { preprocessing } from './preprocessing.ts';
import { pruneRatio } from './prune-ratio.ts';
import { sharedPictures } from './shared-pictures.ts';
import { stepModel } from './step-model.ts';
import { stepOrder } from './step-order.ts';
import { targetLimit } from './target-limit.ts';
import { teacher } from './teacher.ts';
import { trainingCost } from './training-cost.ts';
import { unusedKey } from './unused-key.ts';
import { unusedSetting } from './unused-setting.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Everything that is checked of what a recipe means. */
export const rules: readonly Rule[] = [
  missingPath,
  newNetwork,
  stepModel,
  chain,
  joint,
  targetLimit,
  layerName,
  unusedKey,
  missingData,
  missingDecode,
  sharedPictures,
  preprocessing,
  labels,
  pictures,
  teacher,
  stepOrder,
  noEffect,
  unusedSetting,
  learningRate,
  pruneRatio,
  layerEntry,
  trainingCost,
  board,
  deployTarget,
  formatTarget,
  deployPower,
  deployIdentity,
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

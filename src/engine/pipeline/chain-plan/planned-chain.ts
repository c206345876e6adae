import type { ChainPlan } from '../../../protocol/results/chain.ts';
import type { ModelSummary } from '../../../protocol/results/run.ts';
import { scanModel } from '../../onnx/scan.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { findVerdict } from '../../targets/verdicts.ts';
import { planChain } from './plan.ts';

/** How what a run has made of a chain runs on the recipe's target; nothing for other recipes. */
export async function plannedChain(
  { chain, target, deploy }: ResolvedRecipe,
  models: readonly ModelSummary[],
): Promise<{ chain?: ChainPlan }> {
  const output = models.findLast(({ role }) => role === 'output');
  const verdict = findVerdict(target);
  if (!chain || !output || !verdict) return {};
  const architecture = deploy?.find((entry) => entry.target === target)?.compile?.architecture;
  const plan = planChain(await scanModel(output.path), { verdict, ...(architecture === undefined ? {} : { architecture }) });
  return plan ? { chain: plan } : {};
}

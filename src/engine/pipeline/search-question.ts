import type { SearchJob } from '../../protocol/job.ts';
import { LatheError } from '../base/errors.ts';
import type { PruneSettings } from '../prune/step.ts';
import type { QuantizeSettings } from '../quantize/step.ts';
import type { QuantizeRequest } from '../quantize/types.ts';
import type { ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import { findSearchMethod, searchMethods } from '../search/methods/index.ts';
import type { SearchMethod } from '../search/problem.ts';
import { findTarget } from '../targets/index.ts';

/** What a search is asked to do, checked. */
export interface Question {
  /** Step that rounds: its layers' widths are looked for. */
  readonly quantize?: ResolvedStep;
  readonly base?: QuantizeRequest;
  /** Step before it that removes channels: how many of each model's is looked for. */
  readonly prune?: ResolvedStep;
  readonly method: SearchMethod;
}

/** Throws `search.*` and `recipe.*` before any work begins. */
export function questionOf(recipe: ResolvedRecipe, job: SearchJob): Question {
  const target = findTarget(recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
  const { prune, quantize } = searchedSteps(recipe);
  const method = findSearchMethod(job.method);
  if (!method) {
    throw new LatheError('search.method', `there is no search method ${JSON.stringify(job.method)}`, {
      hint: `There are: ${searchMethods.map(({ name }) => name).join(', ')}.`,
    });
  }
  if ((prune || recipe.chain) && method !== searchMethods[0])
    throw new LatheError(
      'search.method',
      `${method.name} looks for widths of one model; over a chain, and with channels that go, sums are solved exactly`,
      {
        hint: `Leave --method ${method.name} out.`,
      },
    );
  if (job.budget.kind === 'macs' && !prune)
    throw refuse(
      recipe,
      'narrower numbers are as many multiply-adds',
      'Add prune before quantize, so that channels may go; or give --bit-operations.',
    );
  return {
    method,
    ...(prune ? { prune } : {}),
    ...(quantize ? { quantize, base: { settings: quantize.settings as QuantizeSettings, layers: quantize.layers, target } } : {}),
  };
}

function searchedSteps(recipe: ResolvedRecipe): { prune?: ResolvedStep; quantize?: ResolvedStep } {
  const [first, second] = recipe.steps;
  const prune = first?.step === 'prune' ? first : undefined;
  if (prune && (prune.settings as PruneSettings).method !== 'channels')
    throw refuse(recipe, 'a search shares out whole channels', 'Set method: channels at prune.');
  const next = prune ? second : first;
  if (next?.step !== 'quantize') {
    if (prune) return { prune };
    if (first?.step === 'joint')
      throw refuse(recipe, 'joint shares a budget out itself, before it trains', 'Say it at the step: budget: { bytes: 50% }.');
    throw refuse(recipe, 'a search needs a recipe whose first step is quantize, or prune', 'Add steps: [quantize: {}].');
  }
  const settings = next.settings as QuantizeSettings;
  if (settings.method !== 'static' || settings.activations === 'float')
    throw refuse(recipe, 'a search needs quantize with method: static and quantized activations', 'Set method: static and activations: 8.');
  if (recipe.steps.filter(({ step }) => step === 'quantize').length > 1)
    throw refuse(
      recipe,
      'a search looks for the widths of one step, and this recipe quantizes more than once',
      'Write one quantize for all models, without `on`.',
    );
  return { ...(prune ? { prune } : {}), quantize: next };
}

const refuse = ({ file }: ResolvedRecipe, message: string, hint: string): LatheError =>
  new LatheError('search.recipe', message, { file, hint });

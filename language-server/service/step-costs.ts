import { planCosts, type CostedStep, type PlannedModel } from '../../src/engine/recipe/cost.ts';
import type { ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import { overridesByModel } from '../../src/engine/recipe/resolve-layers.ts';
import type { RuleContext } from '../../src/engine/recipe/rules/rule.ts';
import { trainingOf, trainingPictures, trainingSeconds } from '../../src/engine/recipe/training-estimate.ts';
import { known } from '../../src/engine/recipe/world.ts';
import type { Request } from './feature.ts';
import { recipeContext } from './recipe-context.ts';

/** The model before a step and after it, as far as can be told without running it. */
export interface StepCost {
  readonly before: PlannedModel;
  readonly after: PlannedModel;
  /** The least time that its training takes on a CPU; absent where it trains nothing, or it is not known. */
  readonly seconds?: number;
}

/** What each step of a recipe costs and leaves, by its place; steps on models that are not known are left out. */
export function stepCosts(request: Request, context = recipeContext(request)): Map<number, StepCost> {
  const overrides = overridesByModel(context);
  const found = new Map<number, StepCost>();
  for (const [alias, { facts, file }] of context.models) {
    const model = known(facts);
    const steps = context.steps
      .filter((step) => step.model === alias)
      .map(({ name, index, settings }): CostedStep => ({
        step: name,
        index,
        settings,
        layers: Object.fromEntries(overrides.get(alias) ?? []),
      }));
    if (!model || steps.length === 0) continue;
    const plan = planCosts(steps, withPruning(request, model, file, steps));
    plan.slice(1).forEach((after, i) => {
      const seconds = secondsOf(context, after);
      found.set(after.index!, { before: plan[i]!, after, ...(seconds === undefined ? {} : { seconds }) });
    });
  }
  return found;
}

/** A step trains what it leaves. */
function secondsOf(context: RuleContext, after: PlannedModel): number | undefined {
  const step = context.steps.find(({ index }) => index === after.index);
  const training = step && trainingOf(step);
  return training && trainingSeconds(training, after, trainingPictures(context));
}

/** What channels cost takes long to find out and is asked for only where channels go. */
function withPruning({ facts }: Request, model: ModelFacts, file: string | undefined, steps: readonly CostedStep[]): ModelFacts {
  if (model.pruning || file === undefined || !steps.some(({ step }) => step === 'prune')) return model;
  const pruning = known(facts.pruning(file));
  return pruning ? { ...model, pruning } : model;
}

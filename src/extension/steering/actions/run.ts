import { methodChoices } from '../../compress/choices.ts';
import { stepsOf, type RunAction } from './action.ts';

/** The recipe in use, with what was changed in the view. */
export const runRecipe: RunAction = {
  kind: 'run',
  id: 'run-recipe',
  on: 'model',
  offer: ({ canRun, recipe }) => (canRun && recipe ? { title: 'Run the recipe', detail: 'All its steps, for this model.' } : undefined),
  call: ({ recipe }) => ({ command: 'lathe.runRecipe', arguments: [recipe] }),
};

/** Every technique that is registered as a step, each with the ways it is offered by "Compress…". */
export const compress: RunAction = {
  kind: 'run',
  id: 'compress',
  on: 'model',
  offer({ canRun, recipe }) {
    if (!canRun || recipe?.chain) return undefined;
    const choices = methodChoices(undefined, recipe?.target).map(({ id, label }) => ({ label, value: id }));
    return { title: 'Compress', detail: 'Asks for what and with which pictures, then runs.', choices };
  },
  call: ({ model, choice }) => ({ command: 'lathe.compress', arguments: [model, choice] }),
};

export const searchWidths: RunAction = {
  kind: 'run',
  id: 'search',
  on: 'model',
  offer(context) {
    const first = stepsOf(context)[0]?.name;
    if (!context.canRun || !context.recipe || (first !== 'quantize' && first !== 'prune')) return undefined;
    if (context.recipe.chain)
      return { title: 'Share out a budget…', detail: 'Widths and channels of all models of the chain under one budget.' };
    return { title: 'Search mixed precision…', detail: 'A width for each layer under a budget.' };
  },
  call: ({ recipe }) => ({ command: 'lathe.search', arguments: [recipe] }),
};

export const evaluate: RunAction = {
  kind: 'run',
  id: 'evaluate',
  on: 'model',
  offer: ({ canRun }) => (canRun ? { title: 'Evaluate…', detail: 'Accuracy on labelled pictures.' } : undefined),
  call: ({ model }) => ({ command: 'lathe.evaluate', arguments: [model] }),
};

export const compare: RunAction = {
  kind: 'run',
  id: 'compare',
  on: 'model',
  offer: ({ canRun }) => (canRun ? { title: 'Compare with…', detail: 'Another model, layer by layer.' } : undefined),
  call: ({ model }) => ({ command: 'lathe.compare', arguments: [model] }),
};

import type { ActionView } from '../../../protocol/view.ts';
import type { Action, ActionContext } from './action.ts';
import { analyzeLayers, analyzeModel } from './analyze.ts';
import { asStepsSay } from './as-steps-say.ts';
import { fixLayers, fixModel } from './fix-for-board.ts';
import { keepFloat, quantizeAgain } from './keep-float.ts';
import { excludeFromPruning, pruneLayers, pruningRatio } from './prune.ts';
import { compare, compress, evaluate, runRecipe, searchWidths } from './run.ts';
import { activationsWidth, weightsWidth } from './widths.ts';

/** What can be done with a model and its layers, in the order in which it is offered. */
export const actions: readonly Action[] = [
  weightsWidth,
  activationsWidth,
  pruningRatio,
  keepFloat,
  quantizeAgain,
  excludeFromPruning,
  asStepsSay,
  analyzeLayers,
  pruneLayers,
  fixLayers,
  runRecipe,
  compress,
  searchWidths,
  analyzeModel,
  evaluate,
  compare,
  fixModel,
];

export const findAction = (id: string): Action | undefined => actions.find((action) => action.id === id);

/** Those that make sense here. */
export const offered = (context: ActionContext): ActionView[] =>
  actions.flatMap((action) => {
    const offer = action.offer(context);
    return offer ? [{ id: action.id, on: action.kind === 'run' ? action.on : 'layers', ...offer }] : [];
  });

import { boardOf } from '../../../engine/fit/boards.ts';
import type { ActionContext, RunAction } from './action.ts';

/** A recipe for another target has no use for it; without a recipe the board is asked for. */
const isFor = ({ canRun, recipe }: ActionContext): boolean => canRun && (!recipe || boardOf(recipe.target ?? '') !== undefined);

/** Rewrites what a board refuses of the selected layers, in a copy. */
export const fixLayers: RunAction = {
  kind: 'run',
  id: 'fix-layers',
  on: 'layers',
  offer(context) {
    if (!isFor(context) || context.recipe === undefined) return undefined;
    const layers = context.layers.map(({ index }) => index);
    return { title: 'Fix for the board…', detail: 'Rewrites what the board refuses of this layer, in a copy of the model.', layers };
  },
  call: ({ model, layers }) => ({ command: 'lathe.applyFixes', arguments: [model, [...layers]] }),
};

export const fixModel: RunAction = {
  kind: 'run',
  id: 'fix-model',
  on: 'model',
  offer: (context) =>
    isFor(context) ? { title: 'Fix for a board…', detail: 'Rewrites layers that a board refuses, in a copy.' } : undefined,
  call: ({ model }) => ({ command: 'lathe.applyFixes', arguments: [model] }),
};

import { stepsOf, stepWith, type RunAction, type SettingAction } from './action.ts';
import { hasWeights, indices } from './roles.ts';

/** The preview of pruning with the groups of these layers first: what is left is seen before anything runs. */
export const pruneLayers: RunAction = {
  kind: 'run',
  id: 'prune-layers',
  on: 'layers',
  offer({ canRun, layers }) {
    const able = indices(layers, hasWeights);
    if (!canRun || able.length === 0) return undefined;
    return { title: 'Prune…', detail: 'Removes channels; shows what is left before it runs.', layers: able };
  },
  call: ({ model, layers }) => ({ command: 'lathe.prune', arguments: [model, [...layers]] }),
};

/** `prune: false` (recipe.md, `layers`), in recipes that have the step. */
export const excludeFromPruning: SettingAction = {
  kind: 'setting',
  id: 'exclude-from-pruning',
  offer(context) {
    if (!stepsOf(context).some(({ name }) => name === 'prune')) return undefined;
    return { title: 'Exclude from pruning', detail: 'Keeps all channels of the layer.', layers: indices(context.layers, hasWeights) };
  },
  change: () => ({ set: { prune: false }, unset: ['channels'] }),
};

const ratios = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875];

/** `channels: 0.5`: the share of the layer's channels that goes. */
export const pruningRatio: SettingAction = {
  kind: 'setting',
  id: 'pruning-ratio',
  offer(context) {
    const step = stepWith(context, 'channels');
    if (step?.name !== 'prune') return undefined;
    return {
      title: 'Prune channels',
      detail: "Share of the layer's channels that is removed.",
      layers: indices(context.layers, hasWeights),
      choices: ratios.map((ratio) => ({ label: `${ratio * 100} %`, value: String(ratio) })),
    };
  },
  change: (_, choice) => ({ set: { channels: Number(choice) }, unset: ['prune'] }),
};

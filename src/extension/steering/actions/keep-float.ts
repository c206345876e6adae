import { stepsOf, type ActionContext, type SettingAction } from './action.ts';
import { indices, isQuantized } from './roles.ts';

/** Steps that make integers of a layer. */
const quantizing = ['quantize', 'auto', 'qat'];

const quantizingSteps = (context: ActionContext): string[] =>
  stepsOf(context)
    .map(({ name }) => name)
    .filter((name) => quantizing.includes(name));

/** `quantize: false`: the layer stays as it is. */
export const keepFloat: SettingAction = {
  kind: 'setting',
  id: 'keep-float',
  offer(context) {
    const out = new Set(context.settings.filter(({ out }) => out).map(({ index }) => index));
    const layers = indices(context.layers, (layer) => isQuantized(layer) && !out.has(layer.index));
    if (quantizingSteps(context).length === 0 || (layers.length === 0 && out.size === 0)) return undefined;
    return { title: 'Keep in float', detail: 'Leaves the layer out of quantization.', layers };
  },
  change: (context) => ({ set: Object.fromEntries(quantizingSteps(context).map((name) => [name, false])) }),
};

/** Takes it back. */
export const quantizeAgain: SettingAction = {
  kind: 'setting',
  id: 'quantize-again',
  offer(context) {
    const layers = context.settings.filter(({ out }) => out).map(({ index }) => index);
    if (quantizingSteps(context).length === 0 || layers.length === 0) return undefined;
    return { title: 'Quantize again', detail: 'Takes "keep in float" back.', layers };
  },
  change: () => ({ unset: quantizing }),
};

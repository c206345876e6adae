import { allowedValues } from '../recipe-view.ts';
import { stepWith, type SettingAction } from './action.ts';
import { hasWeights, indices } from './roles.ts';

/** A width of its own for what the layer stores, or for what it reads. */
const width = (key: 'weights' | 'activations', title: string, detail: string): SettingAction => ({
  kind: 'setting',
  id: key,
  offer(context) {
    const step = stepWith(context, key);
    const layers = indices(context.layers, hasWeights);
    const values = step ? allowedValues(step.name, key, context.recipe?.target) : [];
    if (values.length === 0 || layers.length === 0) return undefined;
    return { title, detail, layers, choices: values.map((value) => ({ label: label(value), value: String(value) })) };
  },
  // A layer that was kept in float is quantized from now on.
  change: (_, choice = '8') => ({ set: { [key]: /^\d+$/.test(choice) ? Number(choice) : choice }, unset: ['quantize'] }),
});

const label = (value: unknown): string => (typeof value === 'number' ? `${value} bits` : String(value));

export const weightsWidth = width('weights', 'Weights', 'Width of what the layer stores.');
export const activationsWidth = width('activations', 'Activations', 'Width of what the layer reads.');

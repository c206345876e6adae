import type { SettingAction } from './action.ts';

/** Takes all settings of its own from a layer. */
export const asStepsSay: SettingAction = {
  kind: 'setting',
  id: 'as-steps-say',
  offer({ settings }) {
    if (settings.length === 0) return undefined;
    return { title: 'As all layers', detail: 'Takes away what the recipe says of this layer.', layers: settings.map(({ index }) => index) };
  },
  change: () => ({ unset: 'all' }),
};

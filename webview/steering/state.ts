import type { ActionView, JobView, LayerSetting, OutcomeView, RecipeView } from '../../src/protocol/view.ts';

/** What the host last said of recipe, actions and jobs. A new object each time, so that elements can be given it whole. */
export interface SteeringState {
  readonly recipe: RecipeView | null;
  readonly actions: readonly ActionView[];
  readonly jobs: readonly JobView[];
  readonly outcomes: readonly OutcomeView[];
}

export const noSteering: SteeringState = { recipe: null, actions: [], jobs: [], outcomes: [] };

/** What a person asked for: detail of the event `steer`, which bubbles to the host element of a SteeringController. */
export type Steer =
  | { do: 'perform'; id: string; layers: readonly number[]; choice?: string }
  | { do: 'go-to-line'; layer: number }
  | { do: 'choose-recipe' }
  | { do: 'undo' }
  | { do: 'cancel'; job: number }
  | { do: 'follow'; outcome: number; to: OutcomeView['next'][number]['id'] | 'dismiss' };

export const steer = (detail: Steer): CustomEvent<Steer> => new CustomEvent('steer', { detail, bubbles: true, composed: true });

/** The selected layers that an action can be done for. */
export function layersFor({ layers: able }: ActionView, selected: readonly number[]): number[] {
  if (!able) return [...selected];
  const set = new Set(able);
  return selected.filter((layer) => set.has(layer));
}

/** One kind of setting among the selected layers, and how many have it. */
export interface SettingGroup {
  /** undefined: as the recipe's steps say. */
  readonly setting: LayerSetting | undefined;
  readonly layers: readonly number[];
}

/** The selected layers by what the recipe says of them, commonest first. */
export function settingGroups(recipe: RecipeView, selected: readonly number[]): SettingGroup[] {
  const settings = new Map(recipe.settings.map((setting) => [setting.index, setting]));
  const groups = new Map<string, { setting: LayerSetting | undefined; layers: number[] }>();
  for (const layer of selected) {
    const setting = settings.get(layer);
    const key = setting?.text ?? '';
    const group = groups.get(key) ?? { setting, layers: [] };
    group.layers.push(layer);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.layers.length - a.layers.length);
}

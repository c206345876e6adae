import { branches, literals } from '../../engine/recipe/describe.ts';
import { overridesByLayer, type LayersText } from '../../engine/recipe/layer-entries.ts';
import { layerMatcher } from '../../engine/recipe/layers.ts';
import { findStep } from '../../engine/recipe/steps.ts';
import { findTarget, targets } from '../../engine/targets/index.ts';
import type { LayerSetting, LayerView, RecipeView } from '../../protocol/view.ts';

/** Longer values of hostile recipes are cut. */
const shownText = 200;

/** What a recipe says of each layer, from its text as it stands in the editor. Layers of one name get one answer. */
export function layerSettings({ entries, chain }: LayersText, layers: readonly LayerView[]): LayerSetting[] {
  const names = [...new Set(layers.map(({ name }) => name))];
  const matching = layerMatcher(names, chain);
  const last = new Map(entries.flatMap((entry) => matching(entry.pattern).map((name) => [name, entry] as const)));
  const overrides = overridesByLayer(entries, names, chain);
  return layers.flatMap(({ index, name }): LayerSetting[] => {
    const override = overrides.get(name);
    const entry = last.get(name);
    if (!override || !entry || Object.keys(override).length === 0) return [];
    const out = Object.entries(override).some(([key, value]) => value === false && findStep(key) !== undefined);
    return [{ index, text: settingsText(override), pattern: entry.pattern, line: entry.line, ...(out ? { out: true } : {}) }];
  });
}

/** "weights: 8, round: layer". */
export function settingsText(settings: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(settings)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
  return text.length > shownText ? `${text.slice(0, shownText)}…` : text;
}

/** What the steps say of layers without settings of their own: widths, as written or by default of the target or the declaration. */
export function restText({ steps, target }: LayersText): string {
  const limits = (findTarget(target ?? '') ?? targets[0])?.settings;
  return steps
    .map(({ name, settings }) => {
      const properties = findStep(name)?.parameters.properties ?? {};
      const widths = Object.entries(properties).filter(([, schema]) => schema['layer'] === true && schema['unit'] === 'bits');
      const said = widths.map(([key, schema]) => [key, settings[key] ?? limits?.[name]?.[key]?.default ?? (schema['default'] as unknown)]);
      return said.length ? settingsText(Object.fromEntries(said) as Record<string, unknown>) : name;
    })
    .join(' → ');
}

/** Values that a step's setting takes and the target allows, whole numbers of a range one by one, largest first. */
export function allowedValues(step: string, key: string, target: string | undefined): (string | number | boolean)[] {
  const schema = findStep(step)?.parameters.properties[key];
  if (!schema) return [];
  const ranges = branches(schema).flatMap((branch) => {
    const [low, high] = [branch['minimum'] as number | undefined, branch['maximum'] as number | undefined];
    if (branch['type'] !== 'integer' || low === undefined || high === undefined) return [];
    return Array.from({ length: Math.min(64, high - low + 1) }, (_, i) => high - i);
  });
  const allowed = (findTarget(target ?? '') ?? targets[0])?.settings[step]?.[key]?.allowed;
  const all = [...ranges, ...(literals(schema) as (string | number | boolean)[])];
  return allowed ? all.filter((value) => allowed.includes(value)) : all;
}

/** Whole view of a recipe beside the model. `state` is what its file and the way it is edited add. */
export function recipeView(
  recipe: LayersText,
  layers: readonly LayerView[],
  state: Pick<RecipeView, 'file' | 'others' | 'unsaved' | 'undo'>,
): RecipeView {
  const { problem } = recipe;
  if (problem) return { ...state, rest: '', settings: [], problem: `Line ${problem.line}: ${problem.message}` };
  return { ...state, rest: restText(recipe), settings: layerSettings(recipe, layers) };
}

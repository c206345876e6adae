import type { LayerOverride, RecipeStep, ResolvedRecipe, Settings } from './types.ts';

/** `layers` from which a resolved recipe's steps would get what they have: exact names, with the alias before them where there are several models. */
export function writtenLayers({ steps }: Pick<ResolvedRecipe, 'steps'>): Record<string, LayerOverride> {
  const layers: Record<string, LayerOverride> = {};
  for (const { on, layers: own } of steps) {
    for (const [name, override] of Object.entries(own)) {
      const pattern = on === undefined ? name : `${on}:${name}`;
      layers[pattern] = { ...layers[pattern], ...override };
    }
  }
  return layers;
}

/** A step with the model that it works on, where the recipe has several. */
export const writtenStep = (name: string, on: string | undefined, settings: Settings): RecipeStep => ({
  [name]: on === undefined ? settings : { on, ...settings },
});

import type { RuleContext } from './rules/rule.ts';
import type { LayerOverride } from './types.ts';

/** What `layers` says of each layer, by the alias of its model ("" in a recipe of one model) and its name. */
export type LayersByModel = ReadonlyMap<string, ReadonlyMap<string, LayerOverride>>;

/** The entries of `layers` that match each layer, later ones over earlier ones. */
export function overridesByModel({ layers, models }: RuleContext): LayersByModel {
  const found = new Map([...models.keys()].map((alias) => [alias, new Map<string, LayerOverride>()]));
  for (const { override, matches } of layers) {
    for (const [alias, places] of matches) {
      const { names } = models.get(alias)!.index!;
      const of = found.get(alias)!;
      for (const place of places) of.set(names[place]!, { ...of.get(names[place]!), ...override });
    }
  }
  return found;
}

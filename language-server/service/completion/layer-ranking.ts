import type { LayerFacts, ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { layerIndex } from '../../../src/engine/recipe/layer-index.ts';
import type { Figures, LayerFigure } from '../facts.ts';

/** A layer among all of its model, the ones that a user looks for first in front. */
export interface RankedLayer {
  readonly name: string;
  /** For search without regard to case. */
  readonly lower: string;
  readonly layer: LayerFacts;
  readonly figure: LayerFigure | undefined;
}

/** Layers whose names begin alike: "/layer1/". */
export interface LayerGroup {
  readonly head: string;
  count: number;
  /** The first of them, in the order of the ranking. */
  readonly first: string[];
  /** Position of the very first in the ranking. */
  readonly place: number;
  /** The group that this one is a part of. */
  readonly within: LayerGroup | undefined;
}

export interface LayerRanking {
  /** Measured ones from worst to best, then the others in graph order; those without weights behind all that have some. */
  readonly layers: readonly RankedLayer[];
  /** By what their names begin with, up to a separator. */
  readonly groups: readonly LayerGroup[];
}

/** Parts of names end here. */
const separators = /[/._:]/g;
/** Longer names are nobody's to choose, and deeper ones no patterns. */
const longestName = 500;
const deepestGroup = 12;
/** Members of a group that are named. */
export const mostNamed = 12;

const rankings = new WeakMap<ModelFacts, { figures: Figures | undefined; ranking: LayerRanking }>();

/** Made once for a model and what was measured of it. */
export function layerRanking(model: ModelFacts, figures: Figures | undefined): LayerRanking {
  const known = rankings.get(model);
  if (known && known.figures === figures) return known.ranking;
  const layers = ranked(model, figures);
  const ranking = { layers, groups: grouped(layers) };
  rankings.set(model, { figures, ranking });
  return ranking;
}

const indices = new WeakMap<Figures, ReadonlyMap<string, LayerFigure>>();

/** What was measured of a layer. */
export function figureOf(figures: Figures, name: string): LayerFigure | undefined {
  let index = indices.get(figures);
  if (!index) indices.set(figures, (index = new Map(figures.layers.map((figure) => [figure.name, figure]))));
  return index.get(name);
}

function ranked(model: ModelFacts, figures: Figures | undefined): RankedLayer[] {
  const index = layerIndex(model);
  const layers = index.names.flatMap((name, place): RankedLayer[] => {
    return name.length > longestName
      ? []
      : [{ name, lower: name.toLowerCase(), layer: index.layer(place), figure: figures && figureOf(figures, name) }];
  });
  const badness = ({ layer, figure }: RankedLayer): number =>
    typeof figure?.value === 'number' ? 1 + figure.rank : layer.weights ? 0 : -1;
  // Sorting keeps the order of the graph among equals.
  return layers.sort((a, b) => badness(b) - badness(a));
}

function grouped(layers: readonly RankedLayer[]): LayerGroup[] {
  const groups = new Map<string, LayerGroup>();
  layers.forEach(({ name }, place) => {
    // A name with a star of its own is a pattern for more than it says.
    if (name.includes('*')) return;
    let within: LayerGroup | undefined;
    let depth = 0;
    for (const { index } of name.matchAll(separators)) {
      const head = name.slice(0, index + 1);
      if (head === name || ++depth > deepestGroup) break;
      let group = groups.get(head);
      if (!group) groups.set(head, (group = { head, count: 0, first: [], place, within }));
      group.count++;
      if (group.first.length < mostNamed) group.first.push(name);
      within = group;
    }
  });
  // One layer needs no pattern, and a longer one for the same layers is none that is needed.
  return [...groups.values()]
    .filter(({ count, within }) => count > 1 && count < (within?.count ?? layers.length))
    .sort((a, b) => b.count - a.count || a.head.length - b.head.length);
}

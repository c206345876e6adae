import type { LayerFacts, ModelFacts } from './facts/types.ts';
import { layerPattern, nearestPattern } from './layers.ts';

/** Places kept for patterns, of all patterns together (4 bytes each). */
const mostKept = 2 ** 21;

/** Layers of a model by name, and which of them patterns match. What was looked for once is found again at once: recipes are checked at every keystroke. */
export class LayerIndex {
  /** In graph order, each once. */
  readonly names: readonly string[];
  readonly operators: ReadonlySet<string>;
  readonly #layers: ReadonlyMap<string, LayerFacts>;
  readonly #place: ReadonlyMap<string, number>;
  /** Places, by code units of their names. */
  readonly #sorted: Uint32Array;
  readonly #matches = new Map<string, Uint32Array>();
  readonly #nearest = new Map<string, string | undefined>();
  #kept = 0;

  constructor(layers: readonly LayerFacts[]) {
    // Of several nodes of one name the first with weights speaks for them.
    const found = new Map<string, LayerFacts>();
    for (const layer of layers) {
      const known = found.get(layer.name);
      if (!known || (!known.weights && layer.weights)) found.set(layer.name, layer);
    }
    this.#layers = found;
    this.names = [...found.keys()];
    const { names } = this;
    this.#sorted = Uint32Array.from(names.keys()).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    this.operators = new Set(layers.map(({ op }) => op));
    this.#place = new Map(this.names.map((name, place) => [name, place]));
  }

  layer(place: number): LayerFacts {
    return this.#layers.get(this.names[place]!)!;
  }

  /** Names that have to be looked at to say what a pattern matches: 0 where that is known. */
  cost(pattern: string): number {
    if (!pattern.includes('*') || this.#matches.has(oneStar(pattern))) return 0;
    return pattern.startsWith('*') ? this.names.length : 1;
  }

  /** Places in `names` of the layers that a pattern matches, ascending. */
  matching(written: string): Uint32Array {
    const pattern = oneStar(written);
    if (!pattern.includes('*')) {
      const place = this.#place.get(pattern);
      return place === undefined ? new Uint32Array() : Uint32Array.of(place);
    }
    const known = this.#matches.get(pattern);
    if (known) return known;
    const places = this.#search(pattern);
    // At least one each, so that patterns that match nothing count too.
    this.#kept += places.length + 1;
    if (this.#kept > mostKept) {
      this.#matches.clear();
      this.#kept = places.length + 1;
    }
    this.#matches.set(pattern, places);
    return places;
  }

  #search(pattern: string): Uint32Array {
    const matches = layerPattern(pattern);
    const found: number[] = [];
    const stem = pattern.slice(0, pattern.indexOf('*'));
    // What begins alike stands together.
    for (let i = this.#firstFrom(stem); i < this.#sorted.length; i++) {
      const place = this.#sorted[i]!;
      const name = this.names[place]!;
      if (!name.startsWith(stem)) break;
      if (matches(name)) found.push(place);
    }
    return Uint32Array.from(found).sort();
  }

  /** The first of the sorted names that is not before `stem`. */
  #firstFrom(stem: string): number {
    let [low, high] = [0, stem === '' ? 0 : this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.names[this.#sorted[middle]!]! < stem) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The pattern that was probably meant. */
  nearest(pattern: string): string | undefined {
    if (!this.#nearest.has(pattern)) {
      if (this.#nearest.size >= 1000) this.#nearest.clear();
      this.#nearest.set(pattern, nearestPattern(pattern, this.names));
    }
    return this.#nearest.get(pattern);
  }
}

/** Any run of stars is one. */
const oneStar = (pattern: string): string => pattern.replace(/\*{2,}/g, '*');

const indices = new WeakMap<ModelFacts, LayerIndex>();

/** The index of a model's layers, made once. */
export function layerIndex(model: ModelFacts): LayerIndex {
  let index = indices.get(model);
  if (!index) indices.set(model, (index = new LayerIndex(model.layers)));
  return index;
}

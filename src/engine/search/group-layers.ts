import { layerPattern } from '../recipe/layers.ts';

/** What the layers that a pattern matches get. */
export interface LayerGroup<T> {
  readonly pattern: string;
  readonly value: T;
}

/**
 * Entries for `layers` of a recipe that give each of the named layers its value, with one pattern for several layers where it matches no
 * other layer of `all`: "/layer1/*" rather than nine names. In the order of the layers. Layers of `all` without a value are not matched.
 */
export function groupLayers<T extends string | number>(all: readonly string[], values: ReadonlyMap<string, T>): LayerGroup<T>[] {
  const groups: LayerGroup<T>[] = [];
  const open = new Set(values.keys());
  // A name with a star of its own is a pattern too and may match others: what is said of those comes later, and wins.
  const starred = all.filter((name) => name.includes('*'));
  for (const name of [...starred, ...all.filter((other) => !other.includes('*'))]) {
    const value = values.get(name);
    if (value === undefined || !open.has(name)) continue;
    const pattern = widest(name, value, all, values, open);
    groups.push({ pattern, value });
    if (pattern === name) open.delete(name);
    else for (const other of open) if (layerPattern(pattern)(other)) open.delete(other);
  }
  return groups;
}

/** The pattern that covers most of the open layers from `name` on, and nothing of another value; the name itself where none does. */
function widest<T>(name: string, value: T, all: readonly string[], values: ReadonlyMap<string, T>, open: ReadonlySet<string>): string {
  const candidates = patternsOf(name).map((pattern) => {
    const matched = all.filter(layerPattern(pattern));
    const exact = matched.every((other) => values.get(other) === value);
    return { pattern, count: exact ? matched.filter((other) => open.has(other)).length : 0 };
  });
  const best = candidates.reduce((a, b) => (b.count > a.count ? b : a), { pattern: name, count: 1 });
  return best.pattern;
}

/** "/layer1/layer1.0/conv1/Conv" → "/layer1/*", "/layer1/layer1.*" …: its beginnings up to a separator. A name's own `*` stays out of it. */
function patternsOf(name: string): string[] {
  if (name.includes('*')) return [];
  return [...name.matchAll(/[/._]/g)].flatMap(({ index }) => (index > 0 ? [`${name.slice(0, index + 1)}*`] : []));
}

import { LatheError } from '../base/errors.ts';
import { coverLayers } from './cover-layers.ts';
import { overridesByLayer } from './layer-entries.ts';
import { layerMatcher } from './layers.ts';
import type { LayerOverride } from './types.ts';

/** What is to become of the settings of some layers. */
export interface LayerChange {
  /** Names in the recipe's model. */
  readonly layers: readonly string[];
  readonly set?: LayerOverride;
  /** Keys that they are no longer to have; `all` for every one. Goes before `set`. */
  readonly unset?: readonly string[] | 'all';
  /** Of a chain: its models, whose names stand before those of their layers (see `layerMatcher`). */
  readonly aliases?: readonly string[];
}

/** An entry of `layers`. */
export interface Entry {
  readonly pattern: string;
  readonly override: LayerOverride;
}

/** An entry as it is to be; `from` is the place of the one it stands for, absent for one at the end. */
export interface Slot extends Entry {
  readonly from?: number;
}

/**
 * Entries that say the same as before of all layers but those of the change: what stands there is changed in its place, an entry for several
 * layers is parted where only some of them change, what is new goes to the end, as one pattern where that matches just these layers.
 * Throws `recipe.layers` where entries that match one another leave no such way.
 */
export function planLayers(entries: readonly Entry[], change: LayerChange, names: readonly string[]): Slot[] {
  const known = new Set(names);
  const selected = new Set(change.layers.filter((name) => known.has(name)));
  const { aliases } = change;
  const before = overridesByLayer(entries, names, aliases);
  const intended = new Map(before);
  for (const name of selected) intended.set(name, { ...without(before.get(name) ?? {}, change.unset), ...change.set });
  const asBefore: Slot[] = entries.map((entry, from) => ({ ...entry, from }));
  if (same(before, intended)) return asBefore;
  const set = change.set ?? {};
  const freed = change.unset ? free(asBefore, selected, change.unset, layerMatcher(names, aliases), names) : asBefore;
  const plans = [inPlace, moved, byName];
  const wish = { selected, set, intended, names, matching: layerMatcher(names, aliases) };
  for (const make of plans) {
    const slots = make(freed, wish).filter(({ from, override }) => Object.keys(override).length > 0 || isEmpty(entries, from));
    for (const place of ['first', 'last'] as const) {
      const plan = joined(slots, place);
      if (same(overridesByLayer(plan, names, aliases), intended)) return plan;
    }
  }
  const hint = 'Its entries match one another in several ways: change them as text.';
  throw new LatheError('recipe.layers', `the recipe cannot say this of ${shown(selected)} alone`, { hint });
}

interface Wish {
  readonly selected: ReadonlySet<string>;
  readonly set: LayerOverride;
  readonly intended: ReadonlyMap<string, LayerOverride>;
  readonly names: readonly string[];
  readonly matching: (pattern: string) => string[];
}

/** What has an entry of its own is changed there, the rest gets new ones. */
function inPlace(slots: readonly Slot[], { selected, set, names, matching }: Wish): Slot[] {
  if (Object.keys(set).length === 0) return [...slots];
  const open = new Set(selected);
  const changed = slots.map((slot) => {
    const found = matching(slot.pattern);
    const matched = found.length || slot.pattern.includes('*') ? found : [slot.pattern];
    const own = matched.length === 1 && selected.has(matched[0]!);
    const all = matched.length === selected.size && matched.every((name) => selected.has(name));
    if (!own && !all) return slot;
    for (const name of matched) open.delete(name);
    return { ...slot, override: { ...slot.override, ...set } };
  });
  return [...changed, ...coverLayers(open, selected, names).map((pattern) => ({ pattern, override: set }))];
}

/** As `inPlace`, but entries of single layers go to the end, where nothing wins over them. */
function moved(slots: readonly Slot[], wish: Wish): Slot[] {
  const { selected, set, intended, names } = wish;
  const own = slots.filter(({ pattern }) => selected.has(pattern));
  const rest = slots.filter(({ pattern }) => !selected.has(pattern));
  const ends = own.map(({ pattern, override }) => ({ pattern, override: only(intended.get(pattern)!, { ...override, ...set }) }));
  const open = new Set([...selected].filter((name) => !own.some(({ pattern }) => pattern === name)));
  return [...rest, ...ends, ...coverLayers(open, selected, names).map((pattern) => ({ pattern, override: set }))];
}

/** Every layer by its name, at the end. */
function byName(slots: readonly Slot[], { selected, set, intended }: Wish): Slot[] {
  const rest = slots.filter(({ pattern }) => !selected.has(pattern));
  const own = new Map(slots.map(({ pattern, override }) => [pattern, override]));
  return [...rest, ...[...selected].map((name) => ({ pattern: name, override: only(intended.get(name)!, { ...own.get(name), ...set }) }))];
}

/** Takes keys from the selected layers, which may leave entries empty; those that match others too are parted in their place. */
function free(
  slots: readonly Slot[],
  selected: ReadonlySet<string>,
  keys: readonly string[] | 'all',
  matching: (pattern: string) => string[],
  names: readonly string[],
): Slot[] {
  return slots.flatMap((slot): Slot[] => {
    const left = without(slot.override, keys);
    if (Object.keys(left).length === Object.keys(slot.override).length) return [slot];
    const matched = matching(slot.pattern);
    const mine = matched.filter((name) => selected.has(name));
    if (mine.length === 0) return [slot];
    const filled = Object.keys(left).length > 0;
    if (mine.length === matched.length) return [{ ...slot, override: left }];
    const others = new Set(matched.filter((name) => !selected.has(name)));
    const kept = coverLayers(others, others, names).map((pattern) => ({ ...slot, pattern }));
    const parted = filled ? coverLayers(new Set(mine), new Set(mine), names).map((pattern) => ({ ...slot, pattern, override: left })) : [];
    return [...kept, ...parted];
  });
}

/** A map has each pattern once: entries of one pattern become one in the place of the first or the last of them. */
function joined(slots: readonly Slot[], place: 'first' | 'last'): Slot[] {
  const byPattern = new Map<string, Slot[]>();
  for (const slot of slots) byPattern.set(slot.pattern, [...(byPattern.get(slot.pattern) ?? []), slot]);
  if (byPattern.size === slots.length) return [...slots];
  return slots.flatMap((slot): Slot[] => {
    const all = byPattern.get(slot.pattern)!;
    if (slot !== (place === 'first' ? all[0] : all.at(-1))) return [];
    return [{ ...slot, override: Object.assign({}, ...all.map(({ override }) => override)) as LayerOverride }];
  });
}

const isEmpty = (entries: readonly Entry[], from: number | undefined): boolean =>
  from !== undefined && Object.keys(entries[from]!.override).length === 0;

const without = (override: LayerOverride, keys: readonly string[] | 'all' | undefined): LayerOverride =>
  keys === 'all' ? {} : Object.fromEntries(Object.entries(override).filter(([key]) => !keys?.includes(key)));

/** The values of `override` for the keys that `keys` has. */
const only = (override: LayerOverride, keys: LayerOverride): LayerOverride =>
  Object.fromEntries(Object.entries(override).filter(([key]) => Object.hasOwn(keys, key)));

/** Whether both say the same of every layer; no entry and one without settings are the same. */
export function same(a: ReadonlyMap<string, LayerOverride>, b: ReadonlyMap<string, LayerOverride>): boolean {
  return [...new Set([...a.keys(), ...b.keys()])].every((name) => sameOverride(a.get(name), b.get(name)));
}

/** Whether both have the same settings, in any order. */
export const sameOverride = (a: LayerOverride | undefined, b: LayerOverride | undefined): boolean => canonical(a) === canonical(b);

const canonical = (override: LayerOverride | undefined): string =>
  JSON.stringify(Object.entries(override ?? {}).sort(([x], [y]) => (x < y ? -1 : 1)));

function shown(selected: ReadonlySet<string>): string {
  const [first = ''] = selected;
  return selected.size === 1 ? JSON.stringify(first.slice(0, 80)) : `${selected.size} layers`;
}

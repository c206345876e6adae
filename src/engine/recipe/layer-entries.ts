import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { layerMatcher } from './layers.ts';
import { parseRecipeText, type RecipeText } from './text.ts';
import type { LayerOverride, Problem } from './types.ts';

/** One entry of `layers` where it stands in the text; offsets count UTF-16 units from 0, the end is exclusive. */
export interface LayerEntry {
  readonly pattern: string;
  readonly override: LayerOverride;
  /** Of the pattern, from 1. */
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

/** A recipe's `layers` as written, in the order of the text, which a plain object would not keep for names such as "12". */
export interface LayersText {
  readonly entries: readonly LayerEntry[];
  /** What the recipe says otherwise, as far as it can be read: nothing here is checked. */
  readonly model?: string;
  readonly target?: string;
  /** Names of the models that run one after another. */
  readonly chain?: readonly string[];
  /** Folder of run folders. */
  readonly runs?: string;
  readonly steps: readonly { readonly name: string; readonly settings: LayerOverride; readonly line: number }[];
  /** The first syntax error. */
  readonly problem?: Problem;
}

/** Reads `layers` of a recipe that may be half written: mistakes elsewhere are no hindrance. Throws nothing. */
export const readLayers = (text: string): LayersText => layersOf(parseRecipeText(text, ''), text);

/** The same of a text that was parsed before. */
export function layersOf({ contents, anchors, problems }: RecipeText, text: string): LayersText {
  const lines = lineFinder(text);
  const found = isMap(contents) ? pairsOf(contents, anchors) : [];
  const root = new Map(found.map(({ key, value }) => [key, value]));
  const layers = root.get('layers');
  const entries = isMap(layers)
    ? pairsOf(layers, anchors).map(({ key, value, pair }): LayerEntry => {
        const from = (pair.key as Node).range?.[0] ?? 0;
        return { pattern: key, override: plainMap(value, anchors), line: lines(from), from, to: endOf(pair, text) };
      })
    : [];
  const list = root.get('steps');
  const items = list && 'items' in list ? (list.items as unknown[]) : [];
  const steps = items.flatMap((item) => {
    const [first] = isMap(item) ? pairsOf(item, anchors) : [];
    if (!first) return [];
    const line = lines((first.pair.key as Node).range?.[0] ?? 0);
    return [{ name: first.key, settings: plainMap(first.value, anchors), line }];
  });
  return {
    entries,
    ...textAt(root, 'model'),
    ...textAt(root, 'target'),
    ...chainOf(root.get('chain')),
    ...runsOf(root.get('output'), anchors),
    steps,
    ...(problems[0] ? { problem: problems[0] } : {}),
  };
}

/** What `layers` says of each layer: later entries win. Layers that no entry matches are not in it. `aliases`: see `layerMatcher`. */
export function overridesByLayer(
  entries: readonly Pick<LayerEntry, 'pattern' | 'override'>[],
  names: readonly string[],
  aliases?: readonly string[],
): Map<string, LayerOverride> {
  const matching = layerMatcher(names, aliases);
  const found = new Map<string, LayerOverride>();
  for (const { pattern, override } of entries) for (const name of matching(pattern)) found.set(name, { ...found.get(name), ...override });
  return found;
}

/** The entry in whose lines an offset lies: its pattern, its settings or a comment behind them. */
export function entryAt({ entries }: LayersText, text: string, offset: number): LayerEntry | undefined {
  return entries.find(({ from, to }) => {
    const begin = text.lastIndexOf('\n', from - 1) + 1;
    const next = text.indexOf('\n', to);
    const end = next < 0 ? text.length : next;
    // JSON on one line has several there.
    const alone = !entries.some((other) => other.from !== from && other.from >= begin && other.from <= end);
    return alone ? offset >= begin && offset <= end : offset >= from && offset <= to;
  });
}

/** A pair of a map with its key as text and aliases followed. */
export interface ReadPair {
  readonly key: string;
  readonly value: Node | null;
  readonly pair: Pair;
}

/** Pairs whose keys are plain text, in the order of the text. */
export function pairsOf(map: YAMLMap, anchors: ReadonlyMap<string, Node>): ReadPair[] {
  return map.items.flatMap((pair) => {
    const key = isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean') return [];
    return [{ key: String(key), value: followed(pair.value as Node | null, anchors), pair }];
  });
}

/** Where a pair's text ends, without the space and the comments behind it. */
export function endOf(pair: Pair, text: string): number {
  const key = pair.key as Node;
  let end = valueEnd(pair.value as Node | null) ?? key.range?.[1] ?? 0;
  const keyEnd = colonAfter(text, key.range?.[1] ?? 0);
  while (end > keyEnd && /\s/.test(text[end - 1]!)) end--;
  return Math.max(end, keyEnd);
}

/** The place behind the colon that follows a key; the key's own end where there is none. */
export function colonAfter(text: string, keyEnd: number): number {
  const colon = /\s*:/y;
  colon.lastIndex = keyEnd;
  return colon.test(text) ? colon.lastIndex : keyEnd;
}

function valueEnd(node: Node | null): number | undefined {
  if (!node) return undefined;
  if (isMap(node) && !node.flow && node.items.length) {
    const last = node.items.at(-1)!;
    return valueEnd(last.value as Node | null) ?? (last.key as Node).range?.[1];
  }
  if ('items' in node && !node.flow) {
    const last = (node.items as (Node | Pair)[]).at(-1);
    if (last && 'range' in last) return valueEnd(last);
  }
  return node.range?.[1];
}

function followed(node: Node | null, anchors: ReadonlyMap<string, Node>): Node | null {
  if (!isAlias(node)) return node;
  const target = anchors.get(node.source);
  return target && !isAlias(target) ? target : null;
}

function plainMap(node: Node | null, anchors: ReadonlyMap<string, Node>): LayerOverride {
  if (!isMap(node)) return {};
  return Object.fromEntries(pairsOf(node, anchors).map(({ key, value }) => [key, isScalar(value) ? value.value : jsonOf(value)]));
}

/** Lists and maps by value; aliases inside them are not followed (no setting of a layer has any). */
function jsonOf(node: Node | null): unknown {
  return node && 'items' in node ? JSON.parse(JSON.stringify(node)) : null;
}

const textAt = (root: ReadonlyMap<string, Node | null>, key: 'model' | 'target'): { model?: string; target?: string } => {
  const node = root.get(key);
  return isScalar(node) && typeof node.value === 'string' ? { [key]: node.value } : {};
};

function chainOf(node: Node | null | undefined): Pick<LayersText, 'chain'> {
  if (!isSeq(node)) return {};
  const aliases = node.items.flatMap((item) => (isScalar(item) && typeof item.value === 'string' ? [item.value] : []));
  return aliases.length ? { chain: aliases } : {};
}

function runsOf(node: Node | null | undefined, anchors: ReadonlyMap<string, Node>): Pick<LayersText, 'runs'> {
  const folder = isMap(node) ? pairsOf(node, anchors).find(({ key }) => key === 'folder')?.value : undefined;
  return isScalar(folder) && typeof folder.value === 'string' ? { runs: folder.value } : {};
}

/** The line of an offset, from 1; offsets are asked for in ascending order mostly. */
function lineFinder(text: string): (offset: number) => number {
  let [line, at] = [1, 0];
  return (offset) => {
    if (offset < at) [line, at] = [1, 0];
    for (; at < offset; at++) if (text[at] === '\n') line++;
    return line;
  };
}

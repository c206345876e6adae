import { isMap, parseDocument, type Document, type YAMLMap } from 'yaml';
import { movedRecipe } from './moved.ts';
import { overridePath } from './overrides.ts';
import type { LayerOverride, Recipe } from './types.ts';

export interface LayerEntries {
  /** Pattern and what its layers get; added to what `layers` has of the same pattern. */
  readonly entries: readonly (readonly [pattern: string, override: LayerOverride])[];
  /** Stands above the first entry that is new. */
  readonly comment: string;
  /** Values at paths of the recipe; undefined takes them away. */
  readonly settings?: readonly (readonly [path: readonly (string | number)[], value: unknown])[];
  /** Set over the text, as on the command line. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/**
 * A recipe's text with more entries in `layers`, for a file in another folder (`to`; both absolute): comments, order and spelling of all
 * else stay. The text must be a recipe that loads; `json` for a file that is JSON, which has no comments.
 */
export function withLayers(
  text: string,
  { entries, comment, settings = [], overrides = {} }: LayerEntries,
  from: string,
  to: string,
  json = false,
): string {
  const document = parseDocument(text, { prettyErrors: false });
  for (const [name, value] of Object.entries(overrides)) document.setIn(overridePath(name), document.createNode(value));
  for (const [path, value] of settings) {
    if (value !== undefined) document.setIn(path, value);
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  const recipe = document.toJS() as Recipe;
  movePaths(document, recipe, movedRecipe(recipe, from, to) as unknown, []);
  if (entries.length) addLayers(document, entries, comment);
  if (json) return `${JSON.stringify(document.toJS(), null, 2)}\n`;
  return document.toString({ lineWidth: 140, flowCollectionPadding: true });
}

/** Writes what moving has changed, value by value. */
function movePaths(document: Document, before: unknown, after: unknown, path: readonly string[]): void {
  if (typeof before === 'object' && before !== null && typeof after === 'object' && after !== null && !Array.isArray(before)) {
    for (const [key, value] of Object.entries(after)) movePaths(document, (before as Record<string, unknown>)[key], value, [...path, key]);
  } else if (typeof after === 'string' && after !== before) document.setIn(path, after);
}

function addLayers(document: Document, entries: LayerEntries['entries'], comment: string): void {
  if (!isMap(document.get('layers'))) document.set('layers', document.createNode({}));
  const layers = document.get('layers') as YAMLMap;
  // "{}" as it may have been written; entries read better one a line.
  layers.flow = false;
  let said = false;
  for (const [pattern, override] of entries) {
    const present = layers.get(pattern);
    if (isMap(present)) {
      for (const [key, value] of Object.entries(override)) present.set(key, value);
      continue;
    }
    const key = document.createNode(pattern);
    if (!said) key.commentBefore = ` ${comment}`;
    said = true;
    layers.add(document.createPair(key, document.createNode(override, { flow: true })));
  }
}

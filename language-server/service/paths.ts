import path from 'node:path';
import { isScalar } from 'yaml';
import type { RecipeDocument } from './document.ts';
import type { Facts } from './facts.ts';
import { aliasesOf, contentOf } from './names.ts';
import { walk, type Visit } from './schema/walk.ts';
import { absolutePath, textAt } from './written.ts';

/** A file or a folder that a recipe names. */
export interface WrittenPath {
  readonly kind: 'model' | 'data' | 'labels' | 'output';
  readonly written: string;
  /** Where it may be, absolute, in the order of looking. */
  readonly places: readonly string[];
  /** Offsets of the path without its quotes. */
  readonly from: number;
  readonly to: number;
}

/** Every path of a recipe on this machine, in the order of the text. Names of other machines are none: nothing asks for them by itself. */
export function writtenPaths(document: RecipeDocument): WrittenPath[] {
  const aliases = aliasesOf(document);
  const text = document.text.getText();
  const found: WrittenPath[] = [];
  for (const place of walk(document.tree)) {
    const { node, at } = place;
    if (at !== 'value' || !isScalar(node) || typeof node.value !== 'string') continue;
    const kind = kindOf(place, node.value, aliases);
    if (!kind || !node.value || isElsewhere(node.value)) continue;
    const [from, to] = contentOf(node, text);
    found.push({ kind, written: node.value, places: placesOf(document, place, node.value, kind), from, to });
  }
  return found;
}

/** Where a path leads: the first place that has something, or the first of which nobody knows. undefined: nothing is there. */
export function existing(facts: Facts, { places }: Pick<WrittenPath, 'places'>): string | undefined {
  const states = places.map((place) => ({ place, exists: exists(facts, place) }));
  return (states.find(({ exists }) => exists) ?? states.find(({ exists }) => exists === undefined))?.place;
}

/** It is known to be a folder. */
export function isFolder(facts: Facts, file: string): boolean {
  const beside = facts.folder(path.dirname(file));
  return beside.state === 'known' && beside.value.includes(`${path.basename(file)}/`);
}

/** undefined: not known, or not yet. */
function exists(facts: Facts, file: string): boolean | undefined {
  const beside = facts.folder(path.dirname(file));
  if (beside.state !== 'known') return undefined;
  const name = path.basename(file);
  return beside.value.some((entry) => entry === name || entry === `${name}/`);
}

function kindOf({ path: keys, schema }: Visit, value: string, aliases: readonly string[]): WrittenPath['kind'] | undefined {
  if (schema?.['model'] === true) return aliases.includes(value) ? undefined : 'model';
  if (keys[0] === 'data' && keys.at(-1) === 'labels') return value === 'folders' ? undefined : 'labels';
  if (schema?.['format'] !== 'path') return undefined;
  return keys[0] === 'data' ? 'data' : keys[0] === 'output' ? 'output' : 'model';
}

function placesOf(document: RecipeDocument, { path: keys }: Visit, written: string, kind: WrittenPath['kind']): string[] {
  const beside = absolutePath(document, written);
  if (beside === undefined) return [];
  const data = kind === 'labels' ? textAt(document, [...keys.slice(0, -1), 'path']) : undefined;
  const folder = data === undefined || isElsewhere(data) ? undefined : absolutePath(document, data);
  return folder === undefined ? [beside] : [...new Set([beside, path.resolve(folder, written)])];
}

/** A network path, or an address: "\\server\share", "//server/share", "https://…". */
const isElsewhere = (written: string): boolean => /^([\\/]{2}|[a-z][a-z0-9+.-]+:)/i.test(written);

import type { TSchema } from '@sinclair/typebox';
import { isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import { freeValue, keyText, mapScore, properties, schemaShape, shapeOf } from '../../../src/engine/recipe/branch.ts';
import type { Path } from '../../../src/engine/recipe/check.ts';
import { branches, literals } from '../../../src/engine/recipe/describe.ts';
import { recipeShape } from '../../../src/engine/recipe/schema.ts';
import type { RecipeText } from '../../../src/engine/recipe/text.ts';

/** What is declared for a place of a recipe. */
export interface Declared {
  /** As declared, unions whole: all that may stand there. */
  readonly schema: TSchema;
  /** Its branches that what stands there is meant to be, as the checker chooses: one, or several where nothing tells them apart yet. */
  readonly meant: readonly TSchema[];
  /** What stands there, aliases followed; null where nothing does. */
  readonly node: Node | null;
  /** The map that the place is a key of, as declared. Absent for the root and for items of a list. */
  readonly owner?: TSchema;
  /** The key is one that a user makes up (a layer's pattern, a model's alias), not one that is declared. */
  readonly isFree?: boolean;
}

/** The whole recipe. Declarations do not change while the program runs. */
export const recipeDeclaration: TSchema = recipeShape();

/**
 * The declaration of a place: keys and list positions from the root. The text need not be right: where a node is missing or of another kind,
 * all branches go on, and the first that has the key counts. undefined: nothing can stand there.
 */
export function schemaAt({ contents, anchors }: Pick<RecipeText, 'contents' | 'anchors'>, path: Path): Declared | undefined {
  const follow = (node: unknown): Node | null => {
    const target = isAlias(node) ? anchors.get(node.source) : node;
    return (target ?? null) as Node | null;
  };
  const root = follow(contents);
  let place: Declared | undefined = { schema: recipeDeclaration, meant: meantBy(root, recipeDeclaration), node: root };
  for (const part of path) {
    place = inside(place, part, follow);
    if (!place) return undefined;
  }
  return place;
}

/** Maps that what stands at a place may be, the likeliest first. */
export const mapsAt = (place: Declared): TSchema[] => place.meant.filter((branch) => schemaShape(branch) === 'map');

/** Every key that may stand in the maps of a place, with its declaration; of equal keys the first. */
export function keysAt(place: Declared): Map<string, TSchema> {
  const keys = new Map<string, TSchema>();
  for (const map of mapsAt(place)) for (const [key, schema] of Object.entries(properties(map))) if (!keys.has(key)) keys.set(key, schema);
  return keys;
}

/** A map cannot do without this key. */
export const isRequired = (owner: TSchema, key: string): boolean => ((owner['required'] as string[] | undefined) ?? []).includes(key);

function inside({ meant, node }: Declared, part: string | number, follow: (node: unknown) => Node | null): Declared | undefined {
  const at = (schema: TSchema, next: Node | null): Pick<Declared, 'schema' | 'meant' | 'node'> => ({
    schema,
    meant: meantBy(next, schema),
    node: next,
  });
  if (typeof part === 'number') {
    const list = meant.find((branch) => schemaShape(branch) === 'list');
    const items = list?.['items'] as TSchema | TSchema[] | undefined;
    const schema = Array.isArray(items) ? items[part] : items;
    return schema && at(schema, isSeq(node) ? follow(node.items[part]) : null);
  }
  const pair = isMap(node) ? node.items.find((item) => isPair(item) && keyText(item.key) === part) : undefined;
  const next = follow(pair?.value);
  const maps = meant.filter((branch) => schemaShape(branch) === 'map');
  const owner = maps.find((map) => Object.hasOwn(properties(map), part));
  if (owner) return { ...at(properties(owner)[part]!, next), owner };
  const free = maps.find((map) => freeValue(map));
  return free && { ...at(freeValue(free)!, next), owner: free, isFree: true };
}

/** The branches of a declaration that a node is meant to be. */
export function meantBy(node: Node | null, schema: TSchema): TSchema[] {
  const all = branches(schema);
  // What is not written yet, or only half, can become any of them.
  if (node === null || (isScalar(node) && node.value === null)) return all;
  const shape = shapeOf(node);
  if (isScalar(node)) {
    const literal = all.filter((branch) => literals(branch).includes(node.value));
    return literal.length ? literal : all;
  }
  const same = all.filter((branch) => schemaShape(branch) === shape);
  if (!isMap(node) || same.length < 2) return same.length ? same : all;
  const scores = same.map((branch) => mapScore(node, branch));
  const best = Math.max(...scores);
  return same.filter((_, i) => scores[i] === best);
}

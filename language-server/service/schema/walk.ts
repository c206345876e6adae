import type { TSchema } from '@sinclair/typebox';
import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type Scalar } from 'yaml';
import { freeValue, keyText, properties, schemaShape } from '../../../src/engine/recipe/branch.ts';
import type { Path } from '../../../src/engine/recipe/check.ts';
import type { RecipeText } from '../../../src/engine/recipe/text.ts';
import { meantBy, recipeDeclaration } from './schema-at.ts';

/** A key or a value without parts, where it stands in the text. */
export interface Visit {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly node: Scalar | Alias;
  /** What is declared for the value (also where the key is visited); undefined: nothing can stand there. */
  readonly schema: TSchema | undefined;
  /** The key is one that a user makes up. */
  readonly isFree: boolean;
}

/** The parser takes less than 200, so this only guards the stack. */
const maximumDepth = 200;

/** Visits every key and value of a recipe in the order of the text, each with its declaration. Aliases are visited, not followed. */
export function* walk({ contents }: Pick<RecipeText, 'contents'>): Generator<Visit> {
  yield* walkNode(contents, recipeDeclaration, []);
}

function* walkNode(node: Node | null, schema: TSchema | undefined, path: Path): Generator<Visit> {
  if (path.length > maximumDepth) return;
  if (isScalar(node) || isAlias(node)) {
    if (node.range) yield { path, at: 'value', node, schema, isFree: false };
    return;
  }
  const meant = schema ? meantBy(node, schema) : [];
  if (isSeq(node)) {
    const items = meant.find((branch) => schemaShape(branch) === 'list')?.['items'] as TSchema | TSchema[] | undefined;
    for (const [i, item] of node.items.entries())
      yield* walkNode(item as Node | null, Array.isArray(items) ? items[i] : items, [...path, i]);
    return;
  }
  if (!isMap(node)) return;
  const maps = meant.filter((branch) => schemaShape(branch) === 'map');
  const free = maps.map(freeValue).find((value) => value !== undefined);
  for (const pair of node.items) {
    const key = keyText(pair.key);
    if (key === undefined || !isScalar(pair.key)) continue;
    const owner = maps.find((map) => Object.hasOwn(properties(map), key));
    const inner = owner ? properties(owner)[key] : free;
    const at = [...path, key];
    yield { path: at, at: 'key', node: pair.key, schema: inner, isFree: !owner && free !== undefined };
    yield* walkNode(pair.value as Node | null, inner, at);
  }
}

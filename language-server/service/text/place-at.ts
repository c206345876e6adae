import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { RecipeDocument, Place } from '../document.ts';

/** The innermost key or value that the offset is in, or that it stands directly behind; undefined between them. Aliases are values. */
export function placeAt(document: RecipeDocument, offset: number): Place | undefined {
  let place: Place | undefined;
  let node: Node | null = document.tree.contents;
  const path: (string | number)[] = [];
  for (;;) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((item) => holds(extentOf(item), offset));
      const key = pair && isScalar(pair.key) ? pair.key : undefined;
      if (!pair || !key) return place;
      path.push(String(key.value));
      if (holds(key.range, offset)) return placed(path, 'key', key);
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      const index = node.items.findIndex((item) => holds(extentOf(item), offset));
      if (index < 0) return place;
      path.push(index);
      node = node.items[index] as Node | null;
    } else return place;
    if (!node || !holds(node.range, offset)) return place;
    if (isScalar(node) || isAlias(node)) return placed(path, 'value', node);
    place = placed(path, 'value', node);
  }
}

const placed = (path: readonly (string | number)[], at: Place['at'], { range }: Node): Place => ({
  path: [...path],
  at,
  from: range![0],
  to: range![1],
});

type Extent = readonly [number, number, ...number[]] | null | undefined;

const holds = (extent: Extent, offset: number): boolean => !!extent && offset >= extent[0] && offset <= extent[1];

/** From the key's beginning to the value's end. */
function extentOf(item: unknown): Extent {
  if (!isPair(item)) return (item as Node | null)?.range;
  const key = (item.key as Node | null)?.range;
  const value = (item.value as Node | null)?.range;
  return key ? [key[0], Math.max(value?.[1] ?? 0, key[1])] : value;
}

import { isMap, isSeq, type Node, type Pair } from 'yaml';
import { keyText } from '../../../src/engine/recipe/branch.ts';
import { endOf } from '../../../src/engine/recipe/layer-entries.ts';
import type { RecipeDocument } from '../document.ts';
import type { ActionRequest } from './action.ts';

/** Key at the root whose lines the cursor is in, with the item of it. */
export interface Section {
  readonly key: string;
  readonly pair: Pair;
  /** The pair of a map (an entry of `layers`), or the only pair of a list's item (a step). */
  readonly item?: Pair;
}

export function sectionAt({ document, from }: ActionRequest): Section | undefined {
  const { contents } = document.tree;
  const pair = isMap(contents) ? pairAt(document, contents.items, from) : undefined;
  const key = pair && keyText(pair.key);
  if (!pair || key === undefined) return undefined;
  const value = pair.value as Node | null;
  const items = isMap(value) ? value.items : isSeq(value) ? value.items.flatMap((item) => (isMap(item) ? item.items.slice(0, 1) : [])) : [];
  const item = pairAt(document, items, from);
  return { key, pair, ...(item ? { item } : {}) };
}

/** The pair in whose lines an offset is. */
function pairAt({ text }: RecipeDocument, pairs: readonly Pair[], offset: number): Pair | undefined {
  const content = text.getText();
  const line = text.positionAt(offset).line;
  const inside = pairs.filter((pair) => {
    const from = (pair.key as Node | null)?.range?.[0];
    return from !== undefined && text.positionAt(from).line <= line && text.positionAt(endOf(pair, content)).line >= line;
  });
  // JSON may have several on one line.
  return inside.find((pair) => (pair.key as Node).range![0] <= offset && endOf(pair, content) >= offset) ?? inside[0];
}

import type { Position, SelectionRange } from 'vscode-languageserver-types';
import { isCollection, isPair, isScalar, type Node, type Pair } from 'yaml';
import { endOf } from '../../src/engine/recipe/layer-entries.ts';
import type { Request } from './feature.ts';
import { rangeOf } from './text/range.ts';

type Extent = readonly [from: number, to: number];

/** What "Expand Selection" takes, from a part of a name outwards: name, in its quotes, key and value, the whole block, the recipe. */
export function selectionRanges({ document }: Request, positions: readonly Position[]): SelectionRange[] {
  const text = document.text.getText();
  return positions.map((position) => {
    const offset = document.text.offsetAt(position);
    const extents: Extent[] = [[0, text.length], ...around(document.tree.contents, text, offset), ...wordAt(text, offset)];
    let range: SelectionRange = { range: rangeOf(document, 0, text.length) };
    let [outerFrom, outerTo] = extents[0]!;
    for (const [from, to] of extents) {
      if (from < outerFrom || to > outerTo || (from === outerFrom && to === outerTo)) continue;
      range = { range: rangeOf(document, from, to), parent: range };
      [outerFrom, outerTo] = [from, to];
    }
    return range;
  });
}

/** Nodes and pairs that an offset is in, the widest first. */
function around(node: Node | null, text: string, offset: number): Extent[] {
  const found: Extent[] = [];
  for (let inner: Node | null = node; inner;) {
    const extent = extentOf(inner, text);
    if (!extent || !holds(extent, offset)) break;
    found.push(extent);
    if (isCollection(inner) && inner.flow) found.push(trimmed(text, extent[0] + 1, extent[1] - 1));
    if (isScalar(inner) && /^["']/.test(text.slice(extent[0], extent[0] + 1))) found.push([extent[0] + 1, extent[1] - 1]);
    if (!isCollection(inner)) break;
    const item: unknown = (inner.items as unknown[]).find((one) => holds(extentOf(one, text), offset));
    if (!isPair(item)) {
      inner = (item as Node | undefined) ?? null;
      continue;
    }
    found.push(extentOf(item, text)!);
    const key = item.key as Node | null;
    inner = holds(extentOf(key, text), offset) ? key : (item.value as Node | null);
  }
  return found;
}

/** A part of a name such as "/layer1/0/conv1/Conv", as a word of an editor. */
function wordAt(text: string, offset: number): Extent[] {
  let [from, to] = [offset, offset];
  while (from > 0 && /[\p{L}\p{N}_-]/u.test(text[from - 1]!)) from--;
  while (to < text.length && /[\p{L}\p{N}_-]/u.test(text[to]!)) to++;
  return from < to ? [[from, to]] : [];
}

/** Without the line break and the comments that the parser counts to a block. */
function extentOf(item: unknown, text: string): Extent | undefined {
  if (isPair(item)) {
    const from = (item.key as Node | null)?.range?.[0];
    return from === undefined ? undefined : [from, endOf(item as Pair, text)];
  }
  const node = item as Node | null | undefined;
  if (!node?.range) return undefined;
  const last: unknown = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  return [node.range[0], last ? (extentOf(last, text)?.[1] ?? node.range[1]) : node.range[1]];
}

const holds = (extent: Extent | undefined, offset: number): boolean => !!extent && offset >= extent[0] && offset <= extent[1];

function trimmed(text: string, from: number, to: number): Extent {
  let [begin, end] = [from, to];
  while (begin < end && /\s/.test(text[begin]!)) begin++;
  while (end > begin && /\s/.test(text[end - 1]!)) end--;
  return [begin, end];
}

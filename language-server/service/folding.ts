import { FoldingRangeKind, type FoldingRange } from 'vscode-languageserver-types';
import { isCollection, isMap, isPair, type Node } from 'yaml';
import { endOf } from '../../src/engine/recipe/layer-entries.ts';
import type { RecipeDocument } from './document.ts';
import type { Request } from './feature.ts';

/** What can be folded: keys and list items of several lines, blocks of comments, and `# region` … `# endregion`. */
export function foldingRanges({ document }: Request): FoldingRange[] {
  const ranges = [...blocks(document, document.tree.contents), ...comments(document.text.getText())];
  // Of ranges that begin on one line editors fold one only: the outer one.
  const widest = new Map<number, FoldingRange>();
  for (const range of ranges)
    if (range.endLine > (widest.get(range.startLine)?.endLine ?? range.startLine)) widest.set(range.startLine, range);
  return [...widest.values()].sort((a, b) => a.startLine - b.startLine);
}

function* blocks(document: RecipeDocument, node: unknown): Generator<FoldingRange> {
  if (!isCollection(node)) return;
  const text = document.text.getText();
  const line = (offset: number): number => document.text.positionAt(offset).line;
  // The line of the closing bracket stays in sight.
  if (node.flow && node.range) yield { startLine: line(node.range[0]), endLine: line(node.range[1]) - 1 };
  for (const item of node.items) {
    const inner = isPair(item) ? item.value : item;
    if (!isCollection(inner)) continue;
    const start = isPair(item) ? (item.key as Node | null)?.range?.[0] : inner.range?.[0];
    if (start !== undefined && !inner.flow)
      yield { startLine: line(start), endLine: line(isPair(item) ? endOf(item, text) : lastOf(inner, text)) };
    yield* blocks(document, inner);
  }
}

/** Where the text of a block without a key ends. */
function lastOf(node: Node, text: string): number {
  const last = isMap(node) ? node.items.at(-1) : undefined;
  return last ? endOf(last, text) : (node.range?.[1] ?? 0);
}

/** Lines of comments that stand together, and regions. */
function* comments(text: string): Generator<FoldingRange> {
  const regions: number[] = [];
  let first: number | undefined;
  const lines = text.split('\n');
  for (let i = 0; i <= lines.length; i++) {
    const line = (lines[i] ?? '').trimStart();
    const region = /^#\s*(end)?region\b/.exec(line);
    if (region && !region[1]) regions.push(i);
    const opened = region?.[1] ? regions.pop() : undefined;
    if (opened !== undefined) yield { startLine: opened, endLine: i, kind: FoldingRangeKind.Region };
    if (line.startsWith('#') && !region) first ??= i;
    else if (first !== undefined) {
      yield { startLine: first, endLine: i - 1, kind: FoldingRangeKind.Comment };
      first = undefined;
    }
  }
}

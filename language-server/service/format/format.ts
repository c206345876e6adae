import type { FormattingOptions, Range, TextEdit } from 'vscode-languageserver-types';
import { applyEdits, lineBreak, type TextEdit as Edit } from '../../../src/engine/recipe/edit-map.ts';
import type { Request } from '../feature.ts';
import { rangeOf } from '../text/range.ts';
import { layout } from './layout.ts';
import { leavesOf, type Leaf } from './leaves.ts';

/**
 * Formats a recipe: columns by levels, one space where one belongs, at most one blank line. Words, comments, order and line breaks stay.
 * None for a text with mistakes of syntax, and where the result would say anything else than the text. `within`: only those lines.
 */
export function format({ document }: Request, options: Partial<FormattingOptions> = {}, within?: Range): TextEdit[] {
  if (document.tree.problems.length > 0 || document.tree.contents === null) return [];
  const text = document.text.getText();
  const edits = formatted(text, options);
  const found = edits.map(({ from, to, text: newText }) => ({ range: rangeOf(document, from, to), newText }));
  return within ? found.filter(({ range }) => range.start.line >= within.start.line && range.end.line <= within.end.line) : found;
}

/** YAML has no tabs in front of its lines; a level of 1 or of 20 columns nobody means. */
const levelOf = ({ tabSize = 2 }: Partial<FormattingOptions>): number => (tabSize >= 2 && tabSize <= 8 ? tabSize : 2);

function formatted(text: string, options: Partial<FormattingOptions>): readonly Edit[] {
  const step = levelOf(options);
  const before = leavesOf(text, step);
  if (!before) return [];
  const edits = layout(text, before, step);
  const ends = edits.length ? applyEdits(text, edits) : text;
  const all = ends.endsWith('\n') || ends === '' ? edits : [...edits, { from: text.length, to: text.length, text: lineBreak(text) }];
  if (all.length === 0) return [];
  const after = leavesOf(applyEdits(text, all), step);
  return after && saysTheSame(before, after) ? all : [];
}

/**
 * Both have the same words and comments in the same order, on the same levels, which is all that a YAML text says: what formatting does not
 * foresee ends here, not in somebody's file.
 */
function saysTheSame(before: readonly Leaf[], after: readonly Leaf[]): boolean {
  const [was, is] = [before, after].map((leaves) => leaves.filter(({ type }) => type !== 'newline'));
  return was!.length === is!.length && was!.every((leaf, i) => sameLeaf(leaf, is![i]!));
}

function sameLeaf(before: Leaf, after: Leaf): boolean {
  if (before.type !== after.type) return false;
  // A comment has a level of its own: that of the lines it stays with.
  if (before.type === 'comment') return before.source === after.source;
  const level = ({ indent }: Leaf): number => (typeof indent === 'number' ? indent : -1);
  return level(before) === level(after) && contentOf(before) === contentOf(after);
}

/** A word without what the columns of its further lines add. */
function contentOf({ type, source }: Leaf): string {
  if (!source.includes('\n')) return source;
  if (type !== 'block-scalar') return source.replace(/[ \t]*(\r?\n)[ \t]*/g, '$1');
  const lines = source.split('\n');
  const columns = lines.filter((line) => line.trim() !== '').map((line) => line.search(/[^ ]/));
  const least = columns.reduce((a, b) => Math.min(a, b), Infinity);
  return lines.map((line) => (line.trim() === '' ? '' : line.slice(least))).join('\n');
}

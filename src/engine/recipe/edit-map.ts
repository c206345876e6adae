import type { Pair, YAMLMap } from 'yaml';
import { endOf } from './layer-entries.ts';

/** One replacement in a text; offsets count UTF-16 units from 0, the end is exclusive. */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Puts edits into a text. They do not overlap; those at one place stand in their order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let [result, at] = ['', 0];
  for (const { from, to, text: put } of inOrder(edits)) {
    result += text.slice(at, from) + put;
    at = to;
  }
  return result + text.slice(at);
}

export const inOrder = (edits: readonly TextEdit[]): TextEdit[] =>
  edits.map((edit, i) => ({ edit, i })).sort((a, b) => a.edit.from - b.edit.from || a.i - b.i).map(({ edit }) => edit); // prettier-ignore

/** What is to become of the items of one map, by their place. Texts are whole items: `weights: 8`. */
export interface MapChange {
  /** The first text stands in the item's place, the others behind it. None: the item goes. */
  readonly items: ReadonlyMap<number, readonly string[]>;
  /** Behind `after`, or behind all. */
  readonly added: readonly string[];
  readonly after?: number;
}

/** The change as edits that leave everything else as it is: comments, order, spaces, the way of writing. At least one item stays or comes. */
export function editMap(text: string, map: YAMLMap, change: MapChange): TextEdit[] {
  const { items, added, after } = change;
  const all: Pair[] = map.items;
  const kept = all.map((_, i) => items.get(i)?.length !== 0);
  const behind = after ?? kept.lastIndexOf(true);
  const edits: TextEdit[] = [];
  all.forEach((pair, i) => {
    const texts = items.get(i);
    if (texts?.[0] !== undefined) edits.push({ from: startOf(pair), to: endOf(pair, text), text: texts[0] });
    const more = [...(texts?.slice(1) ?? []), ...(i === behind ? added : [])];
    if (more.length) edits.push(...(map.flow ? insertInFlow(text, map, i, more) : insertLines(text, all, i, more)));
    if (texts?.length === 0) edits.push(map.flow ? cutFromFlow(text, all, kept, i) : cutLines(text, pair));
  });
  if (behind < 0 && map.flow) edits.push(fillFlow(text, map, added));
  return inOrder(edits);
}

export const startOf = (pair: Pair): number => (pair.key as { range?: [number, number, number] | null }).range?.[0] ?? 0;

/** The end of the line that `at` is in, before its line break. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end - 1 >= at ? end - 1 : end;
}

export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
export const lineBreak = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** What stands before `at` on its line, as far as it is space; undefined where something else stands there. */
export function indentOf(text: string, at: number): string | undefined {
  const before = text.slice(lineStart(text, at), at);
  return /^\s*$/.test(before) ? before : undefined;
}

function insertLines(text: string, all: readonly Pair[], behind: number, added: readonly string[]): TextEdit[] {
  const indent = indentOf(text, startOf(all[0]!)) ?? ' '.repeat(startOf(all[0]!) - lineStart(text, startOf(all[0]!)));
  const at = lineEnd(text, endOf(all[behind]!, text));
  return [{ from: at, to: at, text: added.map((line) => lineBreak(text) + indent + line).join('') }];
}

/** The lines of an item with what stands behind it, and the break before the next line. */
function cutLines(text: string, pair: Pair): TextEdit {
  const from = lineStart(text, startOf(pair));
  const next = text.indexOf('\n', endOf(pair, text));
  return { from, to: next < 0 ? text.length : next + 1, text: '' };
}

function insertInFlow(text: string, map: YAMLMap, behind: number, added: readonly string[]): TextEdit[] {
  const all: Pair[] = map.items;
  const pair = all[behind]!;
  const [end, close] = [endOf(pair, text), map.range![1] - 1];
  const indent = indentOf(text, startOf(pair));
  const last = behind === all.length - 1;
  if (indent === undefined) return [{ from: end, to: end, text: added.map((item) => `, ${item}`).join('') }];
  const lines = added.map((item) => lineBreak(text) + indent + item);
  const nextLine = lineEnd(text, end);
  const comma = /^\s*,/.exec(text.slice(end, close));
  // On a line of its own behind a comment, which stays with the item it belongs to.
  if (last && nextLine >= close) return [{ from: end, to: end, text: `,${lines.join(',')}` }];
  const ending = comma ? ',' : '';
  return [...(comma ? [] : [{ from: end, to: end, text: ',' }]), { from: nextLine, to: nextLine, text: lines.join(',') + ending }];
}

/** An item with the comma behind it; one of the last items with the comma before it. */
function cutFromFlow(text: string, all: readonly Pair[], kept: readonly boolean[], i: number): TextEdit {
  if (kept.includes(true, i + 1)) return { from: startOf(all[i]!), to: startOf(all[i + 1]!), text: '' };
  const before = i > 0 ? endOf(all[i - 1]!, text) : startOf(all[i]!);
  return { from: before, to: endOf(all[i]!, text), text: '' };
}

/** Into `{}`. */
function fillFlow(text: string, map: YAMLMap, added: readonly string[]): TextEdit {
  const [open, close] = [map.range![0] + 1, map.range![1] - 1];
  const inside = text.slice(open, close);
  const blank = inside.trim() === '';
  return { from: open, to: blank ? close : open, text: ` ${added.join(', ')} ` };
}

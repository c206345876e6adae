import { isMap, isSeq, type Node, type YAMLSeq } from 'yaml';
import { indentOf, lineBreak, lineEnd, lineStart, type TextEdit } from './edit-map.ts';
import { endOf } from './layer-entries.ts';

/**
 * One item of a list gets another text, goes (`item` undefined), or gets a new one before it (`isNew`; behind all where there are not so many).
 * Undefined where the list is written so that this has no place of its own.
 */
export function editList(text: string, list: YAMLSeq, index: number, item: string | undefined, isNew = false): TextEdit[] | undefined {
  const spans = (list.items as Node[]).map((node) => [node.range?.[0] ?? 0, endOfItem(node, text)] as const);
  if (spans.length === 0) {
    const [from, to] = list.range ?? [0, 0];
    return list.flow && item !== undefined ? [{ from, to, text: `[${item}]` }] : undefined;
  }
  const span = spans[index];
  if (item === undefined) return span && (list.flow ? [cutFromFlow(spans, index)] : cutLines(text, list, spans, index));
  if (!isNew) return span && [{ from: span[0], to: span[1], text: item }];
  if (list.flow) {
    const at = span?.[0] ?? spans.at(-1)![1];
    return [{ from: at, to: at, text: span ? `${item}, ` : `, ${item}` }];
  }
  return insertLine(text, spans, index, item);
}

function endOfItem(node: Node, text: string): number {
  if (isMap(node) && !node.flow && node.items.length) return endOf(node.items.at(-1)!, text);
  if (isSeq(node) && !node.flow && node.items.length) return endOfItem(node.items.at(-1) as Node, text);
  return node.range?.[1] ?? 0;
}

type Spans = readonly (readonly [from: number, to: number])[];

function cutFromFlow(spans: Spans, index: number): TextEdit {
  const next = spans[index + 1];
  if (next) return { from: spans[index]![0], to: next[0], text: '' };
  return { from: spans[index - 1]?.[1] ?? spans[index]![0], to: spans[index]![1], text: '' };
}

/** The lines of an item with its dash; the last item leaves an empty list. */
function cutLines(text: string, list: YAMLSeq, spans: Spans, index: number): TextEdit[] | undefined {
  const dash = dashBefore(text, spans[index]![0]);
  if (dash === undefined) return undefined;
  if (spans.length === 1) return [{ from: list.range![0], to: spans[0]![1], text: '[]' }];
  const end = lineEnd(text, spans[index]![1]);
  const next = text.indexOf('\n', end);
  return [{ from: lineStart(text, dash), to: next < 0 ? text.length : next + 1, text: '' }];
}

function insertLine(text: string, spans: Spans, index: number, item: string): TextEdit[] | undefined {
  const span = spans[index];
  const dash = dashBefore(text, (span ?? spans.at(-1)!)[0]);
  const indent = dash === undefined ? undefined : indentOf(text, dash);
  if (indent === undefined) return undefined;
  if (span) return [{ from: lineStart(text, dash!), to: lineStart(text, dash!), text: `${indent}- ${item}${lineBreak(text)}` }];
  const at = lineEnd(text, spans.at(-1)![1]);
  return [{ from: at, to: at, text: `${lineBreak(text)}${indent}- ${item}` }];
}

/** The dash that begins an item, where it begins its line. */
function dashBefore(text: string, from: number): number | undefined {
  const before = /-\s+$/.exec(text.slice(lineStart(text, from), from));
  const dash = before && lineStart(text, from) + before.index;
  return dash !== null && indentOf(text, dash) !== undefined ? dash : undefined;
}

import { Document, isCollection, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, type Pair } from 'yaml';
import type { Path } from './check.ts';
import { overridePath } from './overrides.ts';
import { SyntaxReader } from './syntax/reader.ts';
import { inWords } from './syntax/words.ts';
import type { Problem } from './types.ts';

/** Some 3000 layers. Hostile text takes the parser 10 µs a character and more, and nothing may hang for 2 s. */
const maximumLength = 150_000;
/** Each would be an error of its own. */
const repeated = /([^\w\s#=-])(?:\s*\1){200}/;
/** Nobody reads more. */
const maximumErrors = 100;
/** Open brackets and indentation levels: the parser recurses. */
const maximumNesting = 200;

/** 1-based; the end is exclusive. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A recipe's text, parsed: its nodes, and where each of them stands. YAML 1.2, of which JSON is a part. */
export interface RecipeText {
  readonly contents: Node | null;
  readonly anchors: ReadonlyMap<string, Node>;
  /** Syntax errors; `contents` is what could be read all the same. */
  readonly problems: Problem[];
  /** Where the key or the value at a path stands; where that does not exist, its nearest parent. */
  locate(path: Path, at: 'key' | 'value'): Range;
  /** The same as offsets. */
  offsets(path: Path, at: 'key' | 'value'): readonly [from: number, to: number];
  /** The quotation mark that the text has there, or nothing. */
  quoteAt(path: Path, at: 'key' | 'value'): string;
}

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 2 };

/**
 * Never throws: what is wrong is in `problems`. `overrides` are set over the text (`{ 'steps.0.quantize.weights': 4 }`); they have no place
 * of their own. A `reader` that has read the last version of a text reads the next one in a fraction of the time.
 */
export function parseRecipeText(
  text: string,
  file: string,
  overrides: Readonly<Record<string, unknown>> = {},
  reader = new SyntaxReader(),
): RecipeText {
  const fatal = (code: string, message: string): RecipeText => ({
    contents: null,
    anchors: new Map(),
    problems: [{ file, ...start, severity: 'error', code, message }],
    locate: () => start,
    offsets: () => [0, 1],
    quoteAt: () => '',
  });
  if (text.length > maximumLength) return fatal('recipe.too-large', `the recipe is longer than ${maximumLength} characters`);
  const run = repeated.exec(text);
  if (run) return fatal('recipe.unreadable', `this is no recipe: ${JSON.stringify(run[1])} stands there hundreds of times in a row`);
  if (nesting(text) > maximumNesting) return fatal('recipe.too-deep', `the recipe nests deeper than ${maximumNesting} levels`);
  const { contents: read, anchors, mistakes } = reader.read(text);
  const lines = lineCounter(text);
  const range = (from: number, to: number): Range => toRange(text, lines(), from, to);
  const problems = mistakes.slice(0, maximumErrors).map(({ from, to, message }): Problem => {
    return { file, ...range(from, to), severity: 'error', code: 'recipe.syntax', message: inWords(message) };
  });
  let contents = read;
  if (Object.keys(overrides).length) {
    const document = new Document(null);
    document.contents = contents;
    for (const [name, value] of Object.entries(overrides)) {
      const refusal = setOverride(document, overridePath(name), value);
      if (refusal) problems.push({ file, ...start, severity: 'error', code: 'recipe.override', message: `can't set ${name}: ${refusal}` });
    }
    contents = document.contents;
  }
  return {
    contents,
    anchors,
    problems,
    locate(path, at) {
      const [from, to] = offsets(contents, path, at);
      return range(from, to);
    },
    offsets: (path, at) => offsets(contents, path, at),
    quoteAt: (path, at) => /^["']/.exec(text.slice(offsets(contents, path, at)[0]))?.[0] ?? '',
  };
}

/** Where the lines of a text begin as editors count them, found out when first asked for. */
function lineCounter(text: string): () => LineCounter {
  let lines: LineCounter | undefined;
  return () => {
    if (lines) return lines;
    lines = new LineCounter();
    lines.addNewLine(0);
    for (const { 0: end, index } of text.matchAll(/\r\n?|\n/g)) lines.addNewLine(index + end.length);
    return lines;
  };
}

/** Sets a value, making maps on the way where there are none. Returns what is wrong instead of throwing. */
function setOverride(document: Document, path: Path, value: unknown): string | undefined {
  for (let i = 1; i <= path.length; i++) {
    const parent: unknown = i === 1 ? document.contents : document.getIn(path.slice(0, i - 1), true);
    const part = path[i - 1]!;
    const at = path.slice(0, i - 1).join('.') || 'the recipe';
    if (parent === undefined || parent === null || (isScalar(parent) && parent.value === null)) break;
    if (!isCollection(parent)) return `${at} is a value without keys`;
    if (isSeq(parent) && (typeof part !== 'number' || part >= parent.items.length))
      return `${at} has no item ${part}, only 0 to ${parent.items.length - 1}`;
  }
  const empty = path.findIndex((_, i) => i > 0 && !isCollection(document.getIn(path.slice(0, i), true)));
  if (empty > 0) document.setIn(path.slice(0, empty), document.createNode(nested(path.slice(empty), value)));
  else document.setIn(path, document.createNode(value));
  return undefined;
}

const nested = (path: Path, value: unknown): unknown => path.reduceRight((inner, part) => ({ [part]: inner }), value);

/** Deepest level of brackets, or of block lists on one line ("- - - -"), found without parsing; quotes are not looked at, so it may be too high. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    if (bracket === '[' || bracket === '{') deepest = Math.max(deepest, ++depth);
    else if (depth > 0) depth--;
  }
  for (const [indicators] of text.matchAll(/^[ ]*(?:[-?:][ ]+){8,}/gm)) deepest = Math.max(deepest, indicators.split(/ +/).length);
  for (const [indent] of text.matchAll(/^ {200,}/gm)) deepest = Math.max(deepest, indent.length);
  return deepest;
}

function offsets(contents: Node | null, path: Path, at: 'key' | 'value'): [number, number] {
  let node: Node | null = contents;
  let key: Node | null = null;
  for (const part of path) {
    let next: Node | null | undefined;
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!pair) break;
      key = pair.key as Node;
      next = pair.value as Node | null;
    } else if (isSeq(node) && typeof part === 'number') {
      next = node.items[part] as Node | undefined;
      if (!next) break;
      key = next;
    } else break;
    node = isNode(next) ? next : null;
    if (!node) return span(key);
  }
  return span(at === 'key' || !node ? (key ?? node) : node);
}

function span(node: Node | null): [number, number] {
  const range = node?.range;
  if (!range) return [0, 1];
  // A squiggle below a whole block says less than one below its first line.
  const first = isCollection(node) && !node.flow ? (node.items[0] as Node | Pair | undefined) : undefined;
  const inner = isPair(first) ? (first.key as Node).range : isNode(first) ? span(first) : undefined;
  return inner ? [range[0], inner[1]] : [range[0], range[1]];
}

function toRange(text: string, lines: LineCounter, from: number, to: number): Range {
  const begin = lines.linePos(Math.min(from, text.length));
  const end = lines.linePos(Math.min(Math.max(to, from), text.length));
  const [line, column] = [Math.max(begin.line, 1), Math.max(begin.col, 1)];
  const empty = end.line < line || (end.line === line && end.col <= column);
  return { line, column, endLine: empty ? line : end.line, endColumn: empty ? column + 1 : end.col };
}

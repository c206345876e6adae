import { Pair, Scalar, YAMLMap, YAMLSeq, type Node } from 'yaml';
import {
  anchorsOf,
  mistakesOf,
  moved,
  parseEntries,
  parseLeaf,
  parseYaml,
  type Leaf,
  type ParsedLeaf,
  type SyntaxMistake,
} from './leaf.ts';
import { linesOf, restIsEmpty, type Line } from './lines.ts';
import { Outliner, type Outline } from './outline.ts';

export interface Syntax {
  readonly contents: Node | null;
  readonly anchors: ReadonlyMap<string, Node>;
  /** In the order of the text. */
  readonly mistakes: readonly SyntaxMistake[];
}

/** Entries that go to the parser at once. If one is wrong they are parsed again, one by one. */
const batch = 48;
/** Mistakes that nobody reads are not looked for. */
const mostMistakes = 100;

/**
 * Reads one text again and again while it is being edited. Only leaves that changed go to the parser (1 ms for some kilobytes); the nodes of the others are
 * the same objects as before, at new ranges: what was read last is no longer right once the next text is read.
 */
export class SyntaxReader {
  #last = new Map<string, ParsedLeaf[]>();

  /** Never throws. The text is one that the parser can take: not too long, not too deep. */
  read(text: string): Syntax {
    const lines = linesOf(text);
    if (!startsPlainly(text, lines)) return readWhole(text);
    const outliner = new Outliner(text, lines);
    const outline = outliner.block(0, lines.length);
    const parsed = this.#parse(outliner.leaves);
    const all = [...parsed.values()];
    return {
      contents: outline.kind === 'nothing' ? null : build(outline, parsed),
      anchors: new Map(all.flatMap(({ anchors }) => [...anchors])),
      mistakes: [...outliner.mistakes, ...all.flatMap(({ errors }) => errors)].sort((a, b) => a.from - b.from),
    };
  }

  #parse(leaves: readonly Leaf[]): Map<Leaf, ParsedLeaf> {
    const parsed = new Map<Leaf, ParsedLeaf>();
    const missing: Leaf[] = [];
    for (const leaf of leaves) {
      const known = this.#last.get(keyOf(leaf))?.pop();
      if (known) parsed.set(leaf, moved(known, leaf.offset));
      else missing.push(leaf);
    }
    parseAll(missing, parsed);
    this.#last = new Map();
    const inOrder = new Map<Leaf, ParsedLeaf>();
    for (const leaf of leaves) {
      const one = parsed.get(leaf);
      if (!one) continue;
      inOrder.set(leaf, one);
      const same = this.#last.get(keyOf(leaf));
      if (same) same.push(one);
      else this.#last.set(keyOf(leaf), [one]);
    }
    return inOrder;
  }
}

const keyOf = ({ kind, text }: Leaf): string => kind + text;

function parseAll(leaves: readonly Leaf[], into: Map<Leaf, ParsedLeaf>): void {
  let mistakes = 0;
  const single = (leaf: Leaf): void => {
    if (mistakes >= mostMistakes) return;
    const parsed = parseLeaf(leaf);
    mistakes += parsed.errors.length;
    into.set(leaf, parsed);
  };
  const columns = new Map<number, Leaf[]>();
  for (const leaf of leaves) {
    const column = columns.get(leaf.indent);
    if (leaf.kind === 'value') single(leaf);
    else if (column) column.push(leaf);
    else columns.set(leaf.indent, [leaf]);
  }
  for (const column of columns.values()) {
    for (let i = 0; i < column.length && mistakes < mostMistakes; i += batch) {
      const some = column.slice(i, i + batch);
      const parsed = parseEntries(some);
      some.forEach((leaf, at) => (parsed ? into.set(leaf, parsed[at]!) : single(leaf)));
    }
  }
}

/** Directives, several documents in one text and keys that are collections are the parser's own matter; a line "---" at the top is not. */
function startsPlainly(text: string, lines: readonly Line[]): boolean {
  if (text.startsWith('\ufeff')) return false;
  const first = lines.find(({ empty }) => !empty);
  if (first && text.startsWith('---', first.start) && restIsEmpty(text, first.start + 3, first.next)) first.empty = true;
  // At the beginning of a line.
  const odd = /%|(?:---|\.\.\.)(?:\s|$)| *(?:- +)*[?:](?:\s|$)/y;
  return !lines.some(({ start, empty }) => {
    odd.lastIndex = start;
    return !empty && odd.test(text);
  });
}

function readWhole(text: string): Syntax {
  const document = parseYaml(text);
  return { contents: document.contents, anchors: anchorsOf(document, text), mistakes: mistakesOf(document) };
}

function build(outline: Outline, parsed: ReadonlyMap<Leaf, ParsedLeaf>): Node | null {
  switch (outline.kind) {
    case 'leaf':
      return (parsed.get(outline.leaf)?.item as Node | undefined) ?? null;
    case 'nothing':
      return empty(outline.at);
    case 'list': {
      const list = new YAMLSeq();
      list.range = [outline.from, outline.to, outline.to];
      for (const item of outline.items) list.items.push(build(item, parsed));
      return list;
    }
    case 'map': {
      const map = new YAMLMap<unknown, unknown>();
      map.range = [outline.from, outline.to, outline.to];
      for (const { leaf, value } of outline.entries) {
        const pair = parsed.get(leaf)?.item as Pair | undefined;
        if (pair) map.items.push(value ? new Pair(pair.key, build(value, parsed)) : pair);
      }
      return map;
    }
  }
}

/** What stands where nothing does: null, as the parser has it. */
function empty(at: number): Scalar {
  const scalar = new Scalar(null);
  scalar.range = [at, at, at];
  return scalar;
}

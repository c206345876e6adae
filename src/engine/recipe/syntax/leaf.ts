import { isCollection, isMap, isPair, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';

/** A syntax error with its place in the text. */
export interface SyntaxMistake {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** A piece of text that the parser is given for itself. */
export interface Leaf {
  /** A key with its value, a value alone, or a text that is one value. */
  readonly kind: 'entry' | 'value' | 'root';
  readonly text: string;
  /** Column that it begins in. */
  readonly indent: number;
  /** Where `text` begins in the whole text. */
  readonly offset: number;
}

/** What stands in a leaf. The ranges of its nodes, of its errors and `offset` count alike. */
export interface ParsedLeaf {
  /** Absent where the parser found nothing that could stand there. */
  readonly item: Pair | Node | undefined;
  readonly errors: readonly SyntaxMistake[];
  readonly anchors: ReadonlyMap<string, Node>;
  readonly offset: number;
}

const options = { prettyErrors: false, uniqueKeys: false } as const;

export const parseYaml = (text: string): Document.Parsed => parseDocument(text, options);

export const mistakesOf = (document: Document.Parsed): SyntaxMistake[] =>
  [...document.errors, ...document.warnings].map(({ pos: [from, to], message }) => ({ from, to: Math.max(to, from + 1), message }));

/** Parses a leaf by itself, in the surroundings that it has: behind another key of its column, or below one. */
export function parseLeaf({ kind, text, indent, offset }: Leaf): ParsedLeaf {
  const before = { entry: `${' '.repeat(indent)}a: 0\n`, value: 'a:\n', root: '' }[kind];
  const document = parseYaml(before + text);
  const root = document.contents;
  const [first, second] = isMap(root) ? root.items : [];
  const item = { entry: second, value: first?.value as Node | null, root }[kind] ?? undefined;
  return moved({ item, errors: mistakesOf(document), anchors: anchorsOf(document, text), offset: before.length }, offset);
}

/** Parses entries of one column at once, which takes half the time; undefined where anything is wrong with any of them. */
export function parseEntries(leaves: readonly Leaf[]): ParsedLeaf[] | undefined {
  const [first] = leaves;
  if (!first || leaves.some(({ text }) => text.includes('&') || !text.endsWith('\n'))) return undefined;
  const starts: number[] = [];
  let text = `${' '.repeat(first.indent)}a: 0\n`;
  for (const leaf of leaves) {
    starts.push(text.length);
    text += leaf.text;
  }
  const { contents, errors, warnings } = parseYaml(text);
  if (errors.length || warnings.length || !isMap(contents) || contents.items.length !== leaves.length + 1) return undefined;
  return leaves.map(({ offset }, i) =>
    moved({ item: contents.items[i + 1] as Pair, errors: [], anchors: new Map(), offset: starts[i]! }, offset),
  );
}

/** The same at another place of the text. The nodes are the same ones: their ranges are changed. */
export function moved(leaf: ParsedLeaf, offset: number): ParsedLeaf {
  const by = offset - leaf.offset;
  if (by === 0) return leaf;
  move(leaf.item, by);
  return { ...leaf, offset, errors: leaf.errors.map(({ from, to, message }) => ({ from: from + by, to: to + by, message })) };
}

function move(item: unknown, by: number): void {
  if (isPair(item)) {
    move(item.key, by);
    move(item.value, by);
    return;
  }
  const node = item as Node | null | undefined;
  if (!node) return;
  if (node.range) node.range = [node.range[0] + by, node.range[1] + by, node.range[2] + by];
  if (isCollection(node)) for (const inner of node.items) move(inner, by);
}

/** Anchored nodes by name; the last of equal names, as an alias after all of them sees it. */
export function anchorsOf(document: Document.Parsed, text: string): Map<string, Node> {
  const anchors = new Map<string, Node>();
  if (!text.includes('&')) return anchors;
  visit(document, {
    Node(_, node) {
      if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node);
    },
  });
  return anchors;
}

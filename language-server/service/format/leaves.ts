import { Parser, type CST } from 'yaml';

/** One piece of a YAML text that is not space, in the order of the text. */
export interface Leaf {
  readonly type: CST.SourceToken['type'] | 'alias' | 'scalar' | 'single-quoted-scalar' | 'double-quoted-scalar' | 'block-scalar';
  readonly offset: number;
  readonly source: string;
  /** Column that it gets where it is the first of a line; of what stands between brackets the one that the brackets decide. */
  readonly indent: number | { readonly inside: Leaf } | { readonly closes: Leaf };
  /** Of a block of text: the column that its key or dash has, and the one it gets. */
  readonly owner?: { readonly from: number; readonly to: number };
}

/** Levels of a text that the tree was read from: less than the parser's own limit of 200. */
const maximumDepth = 250;

/** The pieces of a recipe's text with the columns that they belong to. undefined: a text that nothing is known to do with. */
export function leavesOf(text: string, step: number): Leaf[] | undefined {
  const tokens = [...new Parser().parse(text)];
  const documents = tokens.filter(({ type }) => type === 'document');
  if (documents.length !== 1 || tokens.some(({ type }) => type === 'error' || type === 'directive' || type === 'doc-end')) return undefined;
  const reader = new LeafReader(text, step);
  for (const token of tokens) reader.read(token);
  return reader.isUsual ? reader.leaves : undefined;
}

class LeafReader {
  readonly leaves: Leaf[] = [];
  /** Nothing was met that is left as it is. */
  isUsual = true;

  constructor(
    private readonly text: string,
    private readonly step: number,
  ) {}

  read(token: CST.Token): void {
    if (token.type !== 'document') return this.#source(token as CST.SourceToken, 0);
    this.#sources(token.start, 0);
    if (token.value) this.#node(token.value, 0, 0, undefined);
    this.#sources(token.end, 0);
  }

  /** `indent`: that of the node where it begins a line; `owner`: of what it is the value of. */
  #node(token: CST.Token, indent: Leaf['indent'], depth: number, owner: Leaf['owner']): void {
    if (depth > maximumDepth) this.isUsual = false;
    else if (token.type === 'block-map' && typeof indent === 'number') this.#blockMap(token, indent, depth);
    else if (token.type === 'block-seq' && typeof indent === 'number') this.#blockList(token, indent, depth);
    else if (token.type === 'flow-collection') this.#flow(token, indent, depth);
    else if (token.type === 'block-scalar') {
      this.#sources(token.props as CST.SourceToken[], indent);
      this.leaves.push({
        type: 'block-scalar',
        offset: endOf(this.leaves.at(-1)),
        source: token.source,
        indent,
        ...(owner ? { owner } : {}),
      });
    } else if ('source' in token) {
      this.leaves.push({ type: token.type, offset: token.offset, source: token.source, indent } as Leaf);
      this.#sources('end' in token ? token.end : undefined, indent);
    } else this.isUsual = false;
  }

  #blockMap({ items }: CST.BlockMap, indent: number, depth: number): void {
    for (const { start, key, sep, value } of items) {
      this.#sources(start, indent);
      const owner = { from: this.#columnOf(key?.offset ?? 0), to: indent };
      if (key) this.#node(key, indent, depth + 1, undefined);
      this.#sources(sep, indent);
      if (value) this.#node(value, indent + this.step, depth + 1, owner);
    }
  }

  #blockList({ items }: CST.BlockSequence, indent: number, depth: number): void {
    for (const { start, value } of items) {
      this.#sources(start, indent);
      const dash = start.find(({ type }) => type === 'seq-item-ind');
      const owner = { from: this.#columnOf(dash?.offset ?? 0), to: indent };
      // "- " is two wide, whatever a level is.
      if (value) this.#node(value, indent + 2, depth + 1, owner);
    }
  }

  #flow({ start, items, end }: CST.FlowCollection, indent: Leaf['indent'], depth: number): void {
    const open: Leaf = { type: start.type, offset: start.offset, source: start.source, indent };
    this.leaves.push(open);
    const inside = { inside: open };
    for (const item of items) {
      this.#sources(item.start, inside);
      if (item.key) this.#node(item.key, inside, depth + 1, undefined);
      this.#sources(item.sep, inside);
      if (item.value) this.#node(item.value, inside, depth + 1, undefined);
    }
    const close = end.findIndex(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
    this.#sources(end.slice(0, close), inside);
    this.#sources(end.slice(close, close + 1), { closes: open });
    this.#sources(end.slice(close + 1), indent);
  }

  #sources(tokens: readonly CST.SourceToken[] | undefined, indent: Leaf['indent']): void {
    for (const token of tokens ?? []) this.#source(token, indent);
  }

  #source({ type, offset, source }: CST.SourceToken, indent: Leaf['indent']): void {
    // Keys of several lines, and text whose columns are counted from elsewhere ("|2").
    if (type === 'explicit-key-ind' || (type === 'block-scalar-header' && /\d/.test(source))) this.isUsual = false;
    if (type !== 'space') this.leaves.push({ type, offset, source, indent });
  }

  #columnOf(offset: number): number {
    return offset - (this.text.lastIndexOf('\n', offset - 1) + 1);
  }
}

const endOf = (leaf: Leaf | undefined): number => (leaf ? leaf.offset + leaf.source.length : 0);

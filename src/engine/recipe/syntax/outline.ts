import { parseLeaf, type Leaf, type SyntaxMistake } from './leaf.ts';
import { colonAfterKey, isDash, restIsEmpty, startsOddly, type Line } from './lines.ts';

/** How a text is built from maps and lists of lines, by their columns alone; what stands in a line is a leaf's matter. */
export type Outline =
  | { readonly kind: 'map'; readonly entries: readonly OutlineEntry[]; readonly from: number; readonly to: number }
  | { readonly kind: 'list'; readonly items: readonly Outline[]; readonly from: number; readonly to: number }
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'nothing'; readonly at: number };

export interface OutlineEntry {
  /** The whole entry, or its key up to the colon where `value` is another block. */
  readonly leaf: Leaf;
  readonly value?: Outline;
}

const otherColumn = 'All mapping items must start at the same column';
const otherItemColumn = 'All sequence items must start at the same column';
const noDash = 'Sequence item without - indicator';
const strayDash = 'A list item is not expected here: the items beside it are keys';

/** Blocks that are parsed whole only to see whether they can be. Hostile text has one on each level. */
const mostTrials = 8;

/**
 * Parts a text into blocks by the columns of its lines, as a reader does: a key that is half typed, a quote or bracket that is not closed
 * yet take nothing from the lines beside them, which a parser that goes from character to character would.
 */
export class Outliner {
  readonly leaves: Leaf[] = [];
  readonly mistakes: SyntaxMistake[] = [];
  readonly #text: string;
  readonly #lines: readonly Line[];
  #trials = 0;

  constructor(text: string, lines: readonly Line[]) {
    this.#text = text;
    this.#lines = lines;
  }

  /** The block in the lines from `from` to before `to`. */
  block(from: number, to: number): Outline {
    let first = from;
    while (first < to && this.#lines[first]!.empty) first++;
    const line = this.#lines[first];
    if (!line || first >= to) return { kind: 'nothing', at: this.#lines[from]?.start ?? this.#text.length };
    const at = line.content;
    if (isDash(this.#text, at, line.next)) return this.#list(first, to, line.indent);
    if (this.#isKey(line)) return this.#map(first, to, line.indent);
    const more = this.#hasKeyBeside(first, to, line.indent);
    const leaf = this.#leaf(from === 0 && to === this.#lines.length ? 'root' : 'value', first, to);
    // `{`, or a quote: lines in the same column may go on with it. Only when that is wrong they are keys.
    if (more && !(startsOddly(this.#text, at) && this.#isWhole(leaf))) return this.#map(first, to, line.indent);
    this.leaves.push(leaf);
    return { kind: 'leaf', leaf };
  }

  #isWhole(leaf: Leaf): boolean {
    return this.#trials++ < mostTrials && parseLeaf(leaf).errors.length === 0;
  }

  #map(first: number, to: number, indent: number): Outline {
    const entries: OutlineEntry[] = [];
    for (let i = first; i < to;) {
      const next = this.#endOfEntry(i, to, indent);
      const line = this.#lines[i]!;
      if (line.indent !== indent) this.#mistake(line, otherColumn);
      if (isDash(this.#text, line.content, line.next)) this.#mistake(line, strayDash);
      else entries.push(this.#entry(i, next));
      i = next;
    }
    return { kind: 'map', entries, ...this.#extent(first, to) };
  }

  #entry(first: number, to: number): OutlineEntry {
    const line = this.#lines[first]!;
    const colon = this.#colon(line);
    const inner = colon !== undefined && restIsEmpty(this.#text, colon + 1, line.next) && this.#hasContent(first + 1, to);
    if (!inner) {
      const leaf = this.#leaf('entry', first, to);
      this.leaves.push(leaf);
      return { leaf };
    }
    const key = this.#leafTo('entry', line, colon + 1);
    const leaf = { ...key, text: `${key.text}\n` };
    this.leaves.push(leaf);
    return { leaf, value: this.block(first + 1, to) };
  }

  #list(first: number, to: number, indent: number): Outline {
    const items: Outline[] = [];
    const extent = this.#extent(first, to);
    for (let i = first; i < to;) {
      const line = this.#lines[i]!;
      const next = this.#nextStart(i + 1, to, indent);
      if (line.indent !== indent) this.#mistake(line, otherItemColumn);
      const at = line.content;
      if (isDash(this.#text, at, line.next)) {
        this.#takeDashOff(line);
        const item = this.block(i, next);
        items.push(item.kind === 'nothing' ? { kind: 'nothing', at: at + 1 } : item);
      } else {
        this.#mistake(line, noDash);
        items.push(this.block(i, next));
      }
      i = next;
    }
    return { kind: 'list', items, ...extent };
  }

  /** "- key: 1" is a block that begins in the column of "key". */
  #takeDashOff(line: Line): void {
    let at = line.content + 1;
    while (at < line.next && this.#text[at] === ' ') at++;
    line.content = at;
    line.indent = at - line.start;
    line.empty = restIsEmpty(this.#text, at - 1, line.next);
  }

  /** Where the entry that begins in line `first` ends. A list may stand in the column of its key. */
  #endOfEntry(first: number, to: number, indent: number): number {
    const line = this.#lines[first]!;
    const colon = this.#colon(line);
    const open = colon !== undefined && restIsEmpty(this.#text, colon + 1, line.next);
    let next = this.#nextStart(first + 1, to, indent);
    if (!open || this.#hasContent(first + 1, next)) return next;
    while (next < to && this.#lines[next]!.indent === indent && this.#isDashLine(this.#lines[next]!))
      next = this.#nextStart(next + 1, to, indent);
    return next;
  }

  /** The first line from `from` on that stands in the column or left of it, and closes no bracket. */
  #nextStart(from: number, to: number, indent: number): number {
    for (let i = from; i < to; i++) {
      const line = this.#lines[i]!;
      if (!line.empty && line.indent <= indent && !/[\]}]/.test(this.#text[line.content]!)) return i;
    }
    return to;
  }

  #hasKeyBeside(first: number, to: number, indent: number): boolean {
    for (let i = this.#nextStart(first + 1, to, indent); i < to; i = this.#nextStart(i + 1, to, indent))
      if (this.#isKey(this.#lines[i]!)) return true;
    return false;
  }

  #hasContent(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (!this.#lines[i]!.empty) return true;
    return false;
  }

  #colon(line: Line): number | undefined {
    return colonAfterKey(this.#text, line.content, line.next);
  }

  #isKey(line: Line): boolean {
    return this.#colon(line) !== undefined;
  }

  #isDashLine(line: Line): boolean {
    return isDash(this.#text, line.content, line.next);
  }

  #leaf(kind: Leaf['kind'], first: number, to: number): Leaf {
    const line = this.#lines[first]!;
    // Empty lines and remarks at the end are a part of block text only.
    const blockText = /[|>][-+\d]*\s*(#.*)?$/.test(this.#text.slice(line.start, line.next).trimEnd());
    let last = to - 1;
    while (!blockText && last > first && this.#lines[last]!.empty) last--;
    return this.#leafTo(kind, line, this.#lines[last]!.next);
  }

  #leafTo(kind: Leaf['kind'], { start, content }: Line, end: number): Leaf {
    const indent = content - start;
    return { kind, text: ' '.repeat(indent) + this.#text.slice(content, end), indent, offset: start };
  }

  /** From the first character to the end of the last line that is not empty. */
  #extent(first: number, to: number): { from: number; to: number } {
    let last = to - 1;
    while (last > first && this.#lines[last]!.empty) last--;
    return { from: this.#lines[first]!.content, to: this.#lines[last]!.next };
  }

  #mistake(line: Line, message: string): void {
    const from = line.content;
    this.mistakes.push({ from, to: from + 1, message });
  }
}

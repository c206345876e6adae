import { outlineFlow } from './flow.ts';
import type { OutlineList, OutlineMap, OutlineNode, Slot, Token } from './outline.ts';
import { keyToken, lineEnd, plainToken, quotedToken, skipSpaces } from './tokens.ts';

/**
 * Keys and values of a recipe by its columns and brackets alone, so that it is known where a cursor stands while nothing around it is whole.
 * Linear, never throws, drops nothing but what has no place. A text in brackets (JSON) is outlined as well.
 */
export function outline(text: string): Slot {
  return new BlockOutline(text).run();
}

class BlockOutline {
  readonly #text: string;
  readonly #root: Slot = {};
  /** Block maps and lists that the next line may belong to, the outermost first. */
  readonly #open: (OutlineMap | OutlineList)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Slot {
    while (this.#at < this.#text.length) {
      const start = this.#at;
      const end = lineEnd(this.#text, start);
      const at = skipSpaces(this.#text, start, end);
      this.#at = end;
      if (at < end && this.#text[at] !== '#' && !/^(---|\.\.\.|%)/.test(this.#text.slice(start, start + 3))) this.#line(start, at, end);
      // The line may have gone on over others.
      this.#at = this.#lineAfter(this.#at);
    }
    return this.#root;
  }

  #lineAfter(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end + 1;
  }

  #line(start: number, from: number, end: number): void {
    let at = from;
    let slot: Slot | undefined;
    while (this.#text[at] === '-' && (at + 1 >= end || /\s/.test(this.#text[at + 1]!))) {
      slot = this.#item(at - start);
      at = skipSpaces(this.#text, at + 1, end);
    }
    if (at >= end || this.#text[at] === '#') return;
    const found = keyToken(this.#text, at, end);
    if (found) this.#value(this.#entry(found.key, at - start, true), found.after, end, from - start);
    else if (slot) this.#value(slot, at, end, from - start, at - start);
    else this.#alone(at, end, at - start);
  }

  /** A dash: the item that begins with it. */
  #item(column: number): Slot {
    const top = this.#closeTo(column);
    const list = top?.kind === 'list' && top.indent === column ? top : this.#listIn(top, column);
    const item: Slot = { owner: list };
    list.items.push(item);
    return item;
  }

  #listIn(top: OutlineMap | OutlineList | undefined, column: number): OutlineList {
    const slot = top ? lastSlot(top) : this.#root;
    const there = slot.value;
    // Dashes that do not stand below each other are of one list all the same.
    if (there?.kind === 'list' && there.style === 'block') return this.#reopened(there, column);
    const list: OutlineList = { kind: 'list', style: 'block', indent: column, slot, items: [] };
    if (there?.kind === 'scalar' && there.alone !== undefined) {
      const value = { ...there };
      const item: Slot = { owner: list, lacksDash: true };
      list.items.push(item);
      item.value = { ...value, slot: item };
    }
    slot.value = list;
    return this.#opened(list);
  }

  /** A key: the entry that begins with it. */
  #entry(key: Token, column: number, hasColon: boolean): Slot {
    let top = this.#closeTo(column);
    // The keys behind a list whose dashes stand below its own key.
    while (top?.kind === 'list' && top.indent >= column && this.#open.length > 1) {
      this.#open.pop();
      top = this.#open.at(-1);
    }
    const map = top?.kind === 'map' && top.indent === column ? top : this.#mapIn(top, column);
    const entry: Slot = { owner: map, key, ...(hasColon ? { hasColon } : {}) };
    map.entries.push(entry);
    return entry;
  }

  #mapIn(top: OutlineMap | OutlineList | undefined, column: number): OutlineMap {
    const slot = top ? lastSlot(top) : this.#root;
    const there = slot.value;
    // Keys that do not stand below each other are of one map all the same.
    if (there?.kind === 'map' && there.style === 'block') return this.#reopened(there, column);
    if (there && !isAlone(there)) return top?.kind === 'map' ? top : this.#newMap(slot, column);
    const map = this.#newMap(slot, column);
    if (there && isAlone(there)) map.entries.push({ owner: map, key: there.token });
    return map;
  }

  #newMap(slot: Slot, column: number): OutlineMap {
    const map: OutlineMap = { kind: 'map', style: 'block', indent: column, slot, entries: [] };
    slot.value = map;
    return this.#opened(map);
  }

  #reopened<T extends OutlineMap | OutlineList>(node: T, column: number): T {
    node.indent = column;
    return this.#opened(node);
  }

  #opened<T extends OutlineMap | OutlineList>(node: T): T {
    this.#open.push(node);
    return node;
  }

  /** Ends what stands deeper than a column; the innermost that is left. */
  #closeTo(column: number): OutlineMap | OutlineList | undefined {
    while (this.#open.length && this.#open.at(-1)!.indent > column) this.#open.pop();
    return this.#open.at(-1);
  }

  /** What stands on a line without a dash or a colon: a value below its key, or a key or item that is being written. */
  #alone(at: number, end: number, column: number): void {
    const top = this.#closeTo(column);
    const slot = top ? lastSlot(top) : this.#root;
    const sign = this.#text[at]!;
    const isBelow = !top || top.indent < column;
    if (isBelow && !slot.value) return this.#value(slot, at, end, column, column);
    if (isBelow || sign === '{' || sign === '[') return this.#skip(at, end, column);
    const token = sign === '"' || sign === "'" ? quotedToken(this.#text, at, end) : plainToken(this.#text, at, end);
    const isInMap = top.kind === 'map' || this.#open.at(-2)?.indent === column;
    if (isInMap) this.#entry(token, column, false);
    else {
      const item: Slot = { owner: top, lacksDash: true };
      top.items.push(item);
      item.value = { kind: 'scalar', slot: item, token };
    }
  }

  /** The rest of a line that has no place: what its brackets hold is passed over. */
  #skip(at: number, end: number, column: number): void {
    if (this.#text[at] === '{' || this.#text[at] === '[') this.#at = outlineFlow(this.#text, at, {}, column);
    else this.#at = end;
  }

  /** What stands behind a colon or a dash, or alone on its line in a column. `indent`: of its line. */
  #value(slot: Slot, from: number, end: number, indent: number, alone?: number): void {
    const text = this.#text;
    let at = skipSpaces(text, from, end);
    while (at < end && (text[at] === '&' || text[at] === '!')) {
      while (at < end && !/\s/.test(text[at]!)) at++;
      at = skipSpaces(text, at, end);
    }
    const sign = text[at];
    if (at >= end || sign === '#') return;
    if (sign === '{' || sign === '[') {
      this.#at = outlineFlow(text, at, slot, slot.owner ? indent : -1);
    } else if ((sign === '|' || sign === '>') && /^[|>][-+\d]*[ \t]*(#.*)?$/.test(text.slice(at, end))) {
      this.#at = this.#endOfBlockText(end, indent);
    } else {
      const token = sign === '"' || sign === "'" ? quotedToken(text, at, end) : plainToken(text, at, end);
      slot.value = { kind: 'scalar', slot, token, ...(alone === undefined ? {} : { alone }) };
    }
  }

  /** A text over lines (`|`, `>`) ends before the first line that is not deeper. */
  #endOfBlockText(from: number, indent: number): number {
    let at = from;
    for (;;) {
      const next = this.#lineAfter(at);
      if (next >= this.#text.length) return this.#text.length;
      const end = lineEnd(this.#text, next);
      const begin = skipSpaces(this.#text, next, end);
      if (begin < end && begin - next <= indent) return at;
      at = end;
    }
  }
}

const isAlone = (node: OutlineNode): node is OutlineNode & { kind: 'scalar' } => node.kind === 'scalar' && node.alone !== undefined;

const lastSlot = (node: OutlineMap | OutlineList): Slot => (node.kind === 'map' ? node.entries : node.items).at(-1)!;

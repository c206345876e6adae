import type { Path } from '../../../src/engine/recipe/check.ts';
import { outline } from './block.ts';
import { mark, pathOf, type OutlineMap, type OutlineNode, type Slot, type Token } from './outline.ts';

/** Where a cursor stands, and what its place takes. */
export interface Cursor {
  /** `key`: in a key of the map at `path`. `value`: in the value at `path`. */
  readonly role: 'key' | 'value';
  readonly path: Path;
  /** What the path leads through: the innermost last; of a key its own entry. */
  readonly slot: Slot;
  /** The value may be more than a word: `line` it stands on lines of its own, `item` behind a dash, `dashless` where a dash is missing. */
  readonly start: 'inline' | 'line' | 'item' | 'dashless';
  /** Whether brackets are around it. */
  readonly style: 'block' | 'flow';
  readonly isJson: boolean;
  /** What is written there, quotes left out; up to the cursor, and whole. Offsets are of the document. */
  readonly typed: string;
  readonly quote: Token['quote'];
  readonly from: number;
  readonly to: number;
  /** A space is missing between colon and value. */
  readonly lacksSpace: boolean;
  /** Where the items of the list above have their dashes below its key, the next item may stand here as well as a key. */
  readonly list?: Path;
}

/** A key that is chosen brings its own colon and value. */
export const lacksColon = ({ role, slot }: Cursor): boolean => role === 'value' || !slot.hasColon;

/** Longer texts and deeper places are no recipe's. */
const longestText = 1_000_000;
const deepestPath = 50;

/** Never throws, however broken the text is. undefined: in a comment, in a text over lines, or where nothing can stand. */
export function cursorAt(text: string, offset: number, isJson = /^\s*\{/.test(text)): Cursor | undefined {
  if (text.length > longestText) return undefined;
  const lacksSpace = text[offset - 1] === ':' && /^(\s|[,}\]]|$)/.test(text.slice(offset, offset + 1)) && !isInQuotes(text, offset);
  const filler = lacksSpace ? ` ${mark}` : mark;
  const at = offset + filler.length - 1;
  const root = outline(text.slice(0, offset) + filler + text.slice(offset));
  const found = find(root, at);
  if (!found) return undefined;
  const { slot, token, role } = found;
  // In the indentation of a key: nothing belongs there.
  if (role === 'key' && !token.quote && /^.\s/.test(token.text) && token.from === at) return undefined;
  const quoteLength = token.quote.length;
  const style = slot.owner?.style ?? (isJson ? 'flow' : 'block');
  const map = role === 'key' ? (slot.owner as OutlineMap) : undefined;
  const path = pathOf(map ? map.slot : slot);
  if (path.length > deepestPath) return undefined;
  return {
    role,
    path,
    slot,
    start: role === 'key' ? 'line' : startOf(slot),
    style,
    isJson,
    typed: token.text.slice(0, at - token.from - quoteLength),
    quote: token.quote,
    from: Math.min(token.from, offset),
    to: isClosed(token) ? Math.max(token.to - filler.length, offset) : offset,
    lacksSpace,
    ...(map ? listBeside(slot, map) : {}),
  };
}

/** Of an open quotation mark nobody knows how far it was meant to go: what stands behind the cursor stays. */
const isClosed = ({ text, quote, from, to }: Token): boolean => !quote || to - from === text.length + 2;

/** An odd number of quotation marks stands before the cursor in its line. */
function isInQuotes(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return (line.replace(/\\"/g, '').split('"').length - 1) % 2 === 1;
}

interface Found {
  readonly slot: Slot;
  readonly token: Token;
  readonly role: Cursor['role'];
}

/** The key or value that holds an offset. Later ones are looked at first: a broken text may have been read twice. */
function find(root: Slot, at: number): Found | undefined {
  const holds = ({ from, to }: Token): boolean => from <= at && at < to;
  const left: Slot[] = [root];
  for (let slot = left.pop(); slot; slot = left.pop()) {
    if (slot.key && holds(slot.key)) return { slot, token: slot.key, role: 'key' };
    const { value } = slot;
    if (value?.kind === 'scalar' && holds(value.token)) return { slot, token: value.token, role: 'value' };
    for (const next of inside(value)) left.push(next);
  }
  return undefined;
}

const inside = (node: OutlineNode | undefined): readonly Slot[] =>
  node?.kind === 'map' ? node.entries : node?.kind === 'list' ? node.items : [];

function startOf(slot: Slot): Cursor['start'] {
  if (slot.lacksDash) return 'dashless';
  if (slot.owner?.kind === 'list') return 'item';
  return slot.value?.kind === 'scalar' && slot.value.alone !== undefined ? 'line' : 'inline';
}

function listBeside(slot: Slot, map: OutlineMap): { list?: Path } {
  const before = map.entries[map.entries.indexOf(slot) - 1];
  const list = before?.value;
  const isBeside = !slot.hasColon && list?.kind === 'list' && list.style === 'block' && list.indent === map.indent;
  return isBeside ? { list: pathOf(before!) } : {};
}

import { mark, type Token } from './outline.ts';

/** The end of the line that an offset is in. */
export function lineEnd(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  const end = found < 0 ? text.length : found;
  return end > from && text[end - 1] === '\r' ? end - 1 : end;
}

export function skipSpaces(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && (text[at] === ' ' || text[at] === '\t')) at++;
  return at;
}

/** A quoted text; where its closing quote is missing it ends with its line. */
export function quotedToken(text: string, from: number, end: number): Token {
  const quote = text[from] as '"' | "'";
  let at = from + 1;
  for (; at < end; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== "'") break;
      at++;
    }
  }
  const isClosed = at < end;
  const to = isClosed ? at + 1 : end;
  return { text: text.slice(from + 1, isClosed ? at : end), quote, from, to };
}

/** Plain text of a block: to the end of its line, or to a comment. */
export function plainToken(text: string, from: number, end: number): Token {
  const comment = text.slice(from, end).search(/[ \t]#/);
  const to = comment < 0 ? end : from + comment;
  return trimmed(text, from, to);
}

/** Plain text inside of brackets: to what parts entries, too. */
export function flowToken(text: string, from: number, end: number): Token {
  let at = from;
  // A cursor before the next key, with room between them, is at no part of it.
  if (text[at] === mark && /\s/.test(text[at + 1] ?? '')) return trimmed(text, from, from + 1);
  for (; at < end; at++) {
    const sign = text[at]!;
    if (',[]{}'.includes(sign)) break;
    // A cursor behind a value and a space is where the next one begins, though its comma is missing.
    if ((sign === '#' || sign === mark) && at > from && /[ \t]/.test(text[at - 1]!)) break;
    if (sign === ':' && (at + 1 >= end || /[\s,[\]{}]/.test(text[at + 1]!))) break;
  }
  return trimmed(text, from, at);
}

function trimmed(text: string, from: number, end: number): Token {
  let to = end;
  while (to > from && /\s/.test(text[to - 1]!)) to--;
  return { text: text.slice(from, to), quote: '', from, to };
}

/** A key with its colon at the beginning of a line's contents; undefined where there is none. */
export function keyToken(text: string, from: number, end: number): { key: Token; after: number } | undefined {
  const isQuoted = text[from] === '"' || text[from] === "'";
  const key = isQuoted ? quotedToken(text, from, end) : plainKey(text, from, end);
  if (!key) return undefined;
  const colon = skipSpaces(text, key.to, end);
  const isColon = text[colon] === ':' && colon < end && (colon + 1 >= end || /\s/.test(text[colon + 1]!));
  return isColon ? { key, after: colon + 1 } : undefined;
}

function plainKey(text: string, from: number, end: number): Token | undefined {
  if (from >= end || '{}[],#&*!|>%@`'.includes(text[from]!)) return undefined;
  for (let at = from; at < end; at++) {
    if (text[at] === '#' && /[ \t]/.test(text[at - 1] ?? '')) return undefined;
    if (text[at] === ':' && (at + 1 >= end || /\s/.test(text[at + 1]!))) return trimmed(text, from, at);
  }
  return undefined;
}

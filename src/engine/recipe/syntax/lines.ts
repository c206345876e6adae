/** One line of a text. */
export interface Line {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset of the line after it, or of the text's end. */
  readonly next: number;
  /** Offset of its first character that counts; what stands before is read as space. Grows when the dash of a list item is taken off. */
  content: number;
  /** Column of `content`; of a line that begins with a tab, deeper than any. */
  indent: number;
  /** Nothing but space or a remark: it belongs to whatever stands around it. */
  empty: boolean;
}

/** Deeper than anything: such a line goes on with what began before. */
const tabIndent = 1e9;

/** The lines of a text. Ends are "\n" and "\r\n", as YAML has them. */
export function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline + 1;
    let at = start;
    while (at < next && text.charCodeAt(at) === 32) at++;
    const first = at < next ? text[at]! : '\n';
    const empty = first === '\n' || first === '#' || (/\s/.test(first) && text.slice(at, next).trim() === '');
    lines.push({ start, next, content: at, indent: !empty && first === '\t' ? tabIndent : at - start, empty });
    start = next;
  }
  return lines;
}

/** Offset of the colon behind the key that begins at `from`; undefined where no key with a colon stands there. In time linear to the line. */
export function colonAfterKey(text: string, from: number, end: number): number | undefined {
  const quote = text[from];
  if (quote === '"' || quote === "'") {
    let at = from + 1;
    for (; at < end && text[at] !== quote; at++) if (quote === '"' && text[at] === '\\') at++;
    for (at++; at < end && (text[at] === ' ' || (quote === "'" && text[at] === "'")); at++) {
      // Two single quotes are one inside of the text: go on behind its real end.
      if (text[at] === "'") for (at++; at < end && text[at] !== "'";) at++;
    }
    return at < end && text[at] === ':' && isSpace(text, at + 1, end) ? at : undefined;
  }
  if (startsOddly(text, from)) return undefined;
  for (let at = from; at < end; at++) {
    if (text[at] === ':' && isSpace(text, at + 1, end)) return at;
    if (text[at] === '#' && at > from && isSpace(text, at - 1, end)) return undefined;
  }
  return undefined;
}

/** A text that begins so is no plain word: brackets, anchors, tags, block text, a key that is a collection. */
export const startsOddly = (text: string, from: number): boolean => odd.test(text.slice(from, from + 2));

const odd = /^(?:["'#[\]{},&*!|>%@`]|[?-](?:\s|$))/;

const isSpace = (text: string, at: number, end: number): boolean => at >= end || /\s/.test(text[at]!);

export const isDash = (text: string, at: number, end: number): boolean => text[at] === '-' && isSpace(text, at + 1, end);

/** Whether nothing but space and a remark is left of a line from `at` on. */
export function restIsEmpty(text: string, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    if (text[i] === '#') return i > at || i === 0;
    if (!/\s/.test(text[i]!)) return false;
  }
  return true;
}

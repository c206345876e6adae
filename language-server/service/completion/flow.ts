import type { OutlineList, OutlineMap, Slot, Token } from './outline.ts';
import { flowToken, lineEnd, quotedToken } from './tokens.ts';

/** Nested deeper than any recipe; what is deeper counts as no deeper. */
const maximumDepth = 64;

/** Brackets that are open, and in a map the entry behind whose colon nothing stands yet. */
interface Open {
  readonly node: OutlineMap | OutlineList;
  awaiting?: Slot | undefined;
}

/**
 * Outlines what stands in brackets, from an opening one at `from`, into `slot`. Returns the offset behind it. `indent`: column of the line
 * that it begins in, or -1 where the whole text is in brackets: brackets that nobody closed end before the next line that is no deeper and
 * is a key or an item.
 */
export function outlineFlow(text: string, from: number, slot: Slot, indent: number): number {
  const open: Open[] = [];
  let at = from;
  let end = lineEnd(text, at);
  while (at < text.length) {
    const sign = text[at]!;
    const top = open.at(-1);
    if (sign === '\n') {
      end = lineEnd(text, at + 1);
      if (indent >= 0 && endsBefore(text.slice(at + 1, end), indent)) return at;
      at++;
    } else if (sign === ' ' || sign === '\t' || sign === '\r') at++;
    else if (sign === '#' && /\s/.test(text[at - 1] ?? ' ')) at = end;
    else if (sign === '{' || sign === '[') {
      const node = bracket(sign, top ? slotIn(top) : slot);
      if (open.length < maximumDepth) open.push({ node });
      at++;
    } else if (sign === '}' || sign === ']') {
      const kind = sign === '}' ? 'map' : 'list';
      // One of the wrong kind closes what was left open inside of its own.
      while (open.length && open.pop()!.node.kind !== kind);
      at++;
      if (open.length === 0) return at;
    } else if (sign === ',' || sign === ':') {
      if (top) top.awaiting = sign === ':' ? afterColon(top) : undefined;
      at++;
    } else {
      const token = sign === '"' || sign === "'" ? quotedToken(text, at, end) : flowToken(text, at, end);
      if (top) place(token, top);
      at = Math.max(token.to, at + 1);
    }
  }
  return at;
}

function bracket(sign: '{' | '[', slot: Slot): OutlineMap | OutlineList {
  const common = { style: 'flow' as const, indent: 0, slot };
  const node: OutlineMap | OutlineList = sign === '{' ? { kind: 'map', ...common, entries: [] } : { kind: 'list', ...common, items: [] };
  slot.value = node;
  return node;
}

function afterColon({ node }: Open): Slot | undefined {
  const entry = node.kind === 'map' ? node.entries.at(-1) : undefined;
  if (!entry?.key) return undefined;
  entry.hasColon = true;
  return entry;
}

/** Where a value that begins now belongs. */
function slotIn(top: Open): Slot {
  const slot = top.awaiting ?? { owner: top.node };
  if (!top.awaiting) (top.node.kind === 'map' ? top.node.entries : top.node.items).push(slot);
  top.awaiting = undefined;
  return slot;
}

function place(token: Token, top: Open): void {
  if (top.node.kind === 'map' && !top.awaiting) {
    top.node.entries.push({ owner: top.node, key: token });
    return;
  }
  const slot = slotIn(top);
  slot.value = { kind: 'scalar', slot, token };
}

/** A line that cannot be a part of brackets: it is a key or an item, and no deeper than the line that they began in. */
function endsBefore(line: string, indent: number): boolean {
  const [, spaces = '', rest = ''] = /^([ \t]*)(.*)/.exec(line) ?? [];
  return spaces.length <= indent && /^(-(\s|$)|[^\s{}[\],#][^{}[\]]*?:(\s|$))/.test(rest);
}

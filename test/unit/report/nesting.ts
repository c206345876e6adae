import { expect } from 'vitest';

const empty = new Set(['meta']);

/** Throws where tags do not close in order; the report is written so that this is enough. */
export function checkNesting(text: string): void {
  const open: string[] = [];
  for (const [tag, slash, name, , selfClosed] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*?)(\/?)>/g)) {
    if (slash) expect(open.pop(), `${tag} after …${text.slice(Math.max(0, text.indexOf(tag) - 60), text.indexOf(tag))}`).toBe(name);
    else if (!selfClosed && !empty.has(name!)) open.push(name!);
  }
  expect(open).toEqual([]);
}

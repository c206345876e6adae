/** One JSON text for machines: numbers that are not finite become "inf", "-inf" or "nan" (cli.md). Keys stay in their order. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, finite, indent);
}

/** Reads what `toJson` wrote: the three words are numbers again, but for names. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (key, item: unknown) => (key === 'name' || typeof item !== 'string' ? item : (words.get(item) ?? item)));
}

const words: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['nan', NaN],
]);

/** The same text for equal values, whatever the order of keys: for hashes. Absent and undefined keys are the same. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return finite(_, item);
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

function finite(_: string, item: unknown): unknown {
  if (typeof item !== 'number' || Number.isFinite(item)) return item;
  return Number.isNaN(item) ? 'nan' : item > 0 ? 'inf' : '-inf';
}

/** JSON that `parseExact` reads back as it was, numbers that are not finite included. */
export function toExactJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    const text = finite(_, item);
    return text === item ? item : { [exactNumber]: text };
  });
}

/** Reads what `toExactJson` wrote. Throws SyntaxError. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_, item: unknown) => {
    const word = item !== null && typeof item === 'object' ? (item as Record<string, unknown>)[exactNumber] : undefined;
    return word === 'inf' ? Infinity : word === '-inf' ? -Infinity : word === 'nan' ? NaN : item;
  });
}

const exactNumber = '$number';

import type { Token } from './outline.ts';

/** Words that YAML reads as something else than text, and what looks like a number. */
const notText = /^(true|false|null|~|[-+]?(\.?\d[\d_.]*(e[-+]?\d+)?|0[xo][\da-f]+|\.inf|\.nan))$/i;

/** Text that needs no quotes anywhere in YAML, brackets included. */
const plain = /^[\p{L}\p{N}_./\\(][\p{L}\p{N}_./\\()+ -]*$/u;

export const needsQuotes = (text: string): boolean => !plain.test(text) || notText.test(text) || text.endsWith(' ');

/** A value as the recipe writes it: text in the quotes that stand there already, in JSON always in quotes. */
export function written(value: unknown, isJson: boolean, quote: Token['quote'] = ''): string {
  if (Array.isArray(value)) return `[${value.map((item) => written(item, isJson)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, inner]) => `${written(key, isJson)}: ${written(inner, isJson)}`);
    return pairs.length ? `{ ${pairs.join(', ')} }` : '{}';
  }
  if (typeof value !== 'string') return String(value);
  if (isJson || quote === '"') return JSON.stringify(value);
  if (quote === "'") return `'${value.replace(/'/g, "''")}'`;
  return needsQuotes(value) ? JSON.stringify(value) : value;
}

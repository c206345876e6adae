import { stringify } from 'yaml';

/** A value on one line, as recipes have it: `{ path: pictures, mean: [0.5, 0.5, 0.5] }`; JSON where the recipe is JSON. */
export function flowText(value: unknown, isJson: boolean): string {
  if (isJson) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, false)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, inner]) => itemText(key, inner, false));
    return items.length ? `{ ${items.join(', ')} }` : '{}';
  }
  return scalarText(value);
}

/** `key: value`. */
export const itemText = (key: string, value: unknown, isJson: boolean): string =>
  `${isJson ? JSON.stringify(key) : scalarText(key)}: ${flowText(value, isJson)}`;

function scalarText(value: unknown): string {
  // What is plain text in a block may be more than that inside brackets.
  if (typeof value === 'string' && /[,[\]{}\n]/.test(value)) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trim();
}

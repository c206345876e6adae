import type { XirAttribute } from '../../xir/graph.ts';

const shownItems = 32;
const shownText = 400;

const clip = (text: string): string => (text.length > shownText ? `${text.slice(0, shownText)} …` : text);

/** A number as it is read: no more digits than a float32 has. */
const figure = (value: number): string => String(Number(value.toPrecision(7)));

/** The value of an attribute as text, short where it is long; contents of bytes by their length alone. */
export function attributeValue({ value }: XirAttribute): string {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, unknown>)]
      .slice(0, shownItems)
      .map(([key, item]) => `${clip(key)}: ${itemText(item)}`);
    return clip(entries.join(', ') + (value.size > shownItems ? `, … ${value.size} in all` : ''));
  }
  return clip(itemText(value));
}

function itemText(value: unknown): string {
  if (typeof value === 'number') return figure(value);
  if (typeof value === 'string') return clip(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, shownItems).map(itemText).join(', ');
    return value.length > shownItems ? `${shown}, … ${value.length} in all` : shown;
  }
  if (typeof value === 'object' && value !== null && 'length' in value) return `${Number(value.length)} bytes`;
  return String(value);
}

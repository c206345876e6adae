import type { TSchema } from '@sinclair/typebox';
import { branches } from './describe.ts';

const isPlainMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A copy of `value` with what its declaration gives a default. Keys come in the order of the declaration. Maps that were not written stay
 * absent unless they have a default themselves; a free map's and a list's elements are filled one by one.
 */
export function fillDefaults(schema: TSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = branches(schema).find((branch) => branch['type'] === 'array');
    const items: unknown = list?.['items'];
    return value.map((item, i) => {
      const inner = (Array.isArray(items) ? items[i] : items) as TSchema | undefined;
      return inner ? fillDefaults(inner, item) : item;
    });
  }
  if (!isPlainMap(value)) return value;
  const maps = branches(schema).filter((branch) => branch['type'] === 'object');
  const known = (map: TSchema): Record<string, TSchema> => (map['properties'] as Record<string, TSchema> | undefined) ?? {};
  const overlap = (map: TSchema): number => Object.keys(value).filter((key) => Object.hasOwn(known(map), key)).length;
  const map = maps.length ? maps.reduce((a, b) => (overlap(b) > overlap(a) ? b : a)) : undefined;
  if (!map) return value;
  const filled = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(known(map))) {
    const given = value[key] ?? structuredClone(inner['default'] as unknown);
    if (given !== undefined) filled.set(key, fillDefaults(inner, given));
  }
  const free = Object.values((map['patternProperties'] as Record<string, TSchema> | undefined) ?? {})[0];
  for (const [key, given] of Object.entries(value)) if (!filled.has(key)) filled.set(key, free ? fillDefaults(free, given) : given);
  return Object.fromEntries(filled);
}

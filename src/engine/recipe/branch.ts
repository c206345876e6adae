import type { TSchema } from '@sinclair/typebox';
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { literals } from './describe.ts';

/** Types: which branch of a union a node belongs to. */
export type Shape = 'map' | 'list' | 'scalar';

export const shapeOf = (node: Node | null): Shape => (isMap(node) ? 'map' : isSeq(node) ? 'list' : 'scalar');

export const schemaShape = (schema: TSchema): Shape =>
  schema['type'] === 'object' ? 'map' : schema['type'] === 'array' ? 'list' : 'scalar';

/** The keys that a map is declared to have. */
export const properties = (schema: TSchema): Record<string, TSchema> => (schema['properties'] as Record<string, TSchema> | undefined) ?? {};

/** What any other key of a map may hold, when the map's keys are free. */
export function freeValue(schema: TSchema): TSchema | undefined {
  const patterns = schema['patternProperties'] as Record<string, TSchema> | undefined;
  if (patterns) return Object.values(patterns)[0];
  const additional: unknown = schema['additionalProperties'];
  return typeof additional === 'object' && additional !== null ? (additional as TSchema) : undefined;
}

/** A key as text; undefined for one that is no plain text. */
export function keyText(key: unknown): string | undefined {
  const value: unknown = isScalar(key) ? key.value : key;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

export const keysOf = (node: YAMLMap): string[] => node.items.flatMap((pair) => keyText(pair.key) ?? []);

/** How much of a map a declaration knows: a point for each key, two where its value is a literal of it (`kind: yunet`). 0: nothing. */
export function mapScore(node: YAMLMap, schema: TSchema): number {
  const known = properties(schema);
  const free = freeValue(schema);
  let sum = free && node.items.every((pair) => shapeOf(pair.value as Node | null) === schemaShape(free)) ? 0.5 : 0;
  for (const key of keysOf(node)) {
    if (!Object.hasOwn(known, key)) continue;
    sum += literals(known[key]!).includes(node.get(key)) ? 2 : 1;
  }
  return sum;
}

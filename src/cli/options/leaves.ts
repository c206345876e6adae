import type { TObject, TSchema } from '@sinclair/typebox';
import { branches } from '../../engine/recipe/describe.ts';

/** A key of a declaration that can be an option: `epochs`, `finetune.epochs`. */
export interface Leaf {
  readonly path: readonly string[];
  readonly schema: TSchema;
}

/** All keys of a declaration, those of maps inside it with a dot, the map itself before its keys. */
export function leavesOf(declaration: TObject, prefix: readonly string[] = []): Leaf[] {
  return Object.entries(declaration.properties).flatMap(([key, schema]) => {
    const path = [...prefix, key];
    const inner = branches(schema).find((branch) => branch['type'] === 'object' && branch['properties'] !== undefined);
    return [{ path, schema }, ...(inner ? leavesOf(inner as TObject, path) : [])];
  });
}

export const isBoolean = (schema: TSchema): boolean => branches(schema).every((branch) => branch['type'] === 'boolean');

/** Sets `value` at a path of keys, making maps on the way. */
export function setLeaf(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) target[key] = value;
  else {
    const inner = target[key];
    const map = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Record<string, unknown>) : {};
    target[key] = map;
    setLeaf(map, rest, value);
  }
}

/** The schema at a path of keys; undefined where the declaration has none. */
export function schemaAt(declaration: TObject, path: readonly string[]): TSchema | undefined {
  return leavesOf(declaration).find((leaf) => leaf.path.join('.') === path.join('.'))?.schema;
}

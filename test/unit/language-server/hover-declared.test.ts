import type { TSchema } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import type { MarkupContent } from 'vscode-languageserver-types';
import { hover } from '../../../language-server/service/hover/index.ts';
import { valueCode } from '../../../language-server/service/hover/markdown.ts';
import { recipeDeclaration, schemaAt } from '../../../language-server/service/schema/schema-at.ts';
import { freeValue, properties, schemaShape } from '../../../src/engine/recipe/branch.ts';
import type { Path } from '../../../src/engine/recipe/check.ts';
import { branches, literals, valueDescription } from '../../../src/engine/recipe/describe.ts';
import { request } from './support.ts';

interface DeclaredKey {
  readonly path: Path;
  readonly schema: TSchema;
}

/** Every key that is declared anywhere, with a path to it. */
function* declaredKeys(schema: TSchema, path: Path = []): Generator<DeclaredKey> {
  for (const branch of branches(schema)) {
    if (schemaShape(branch) === 'map') {
      for (const [key, inner] of Object.entries(properties(branch))) {
        yield { path: [...path, key], schema: inner };
        yield* declaredKeys(inner, [...path, key]);
      }
      const free = freeValue(branch);
      if (free) yield* declaredKeys(free, [...path, 'made-up']);
    } else if (schemaShape(branch) === 'list') {
      const items = branch['items'] as TSchema | TSchema[];
      for (const [i, item] of (Array.isArray(items) ? items : [items]).entries()) yield* declaredKeys(item, [...path, i]);
    }
  }
}

/** A recipe with nothing but the key at a path, and the offsets of that key and its value. */
function recipeWith(path: Path, value: unknown): { text: string; key: number; value: number } {
  let text = '';
  let key = 0;
  let close = '';
  for (const part of path) {
    key = text.length + 2;
    text += typeof part === 'number' ? '['.concat('null, '.repeat(part)) : `{ ${JSON.stringify(part)}: `;
    close = (typeof part === 'number' ? ']' : ' }') + close;
  }
  return { text: text + JSON.stringify(value) + close, key: key + 1, value: text.length + 1 };
}

function hoverAt(text: string, offset: number): string {
  const asked = request(text);
  return (hover(asked, asked.document.text.positionAt(offset))?.contents as MarkupContent | undefined)?.value ?? '';
}

const keys = [...declaredKeys(recipeDeclaration)];
/** Branches of a union may have a key of one name, as `input` of a model that there is and of a new one: alone it is that of the first. */
const firsts = new Map(keys.toReversed().map((key) => [key.path.join('.'), key.schema]));
const named = keys.map((key) => ({ ...key, name: key.path.join('.') })).filter(({ name, schema }) => firsts.get(name) === schema);

describe(`hover of ${keys.length} declared keys`, () => {
  it('finds the declaration of each', () => {
    expect(keys.length).toBeGreaterThan(300);
    for (const { path, schema, name } of named) {
      expect(schemaAt(request(recipeWith(path, null).text).document.tree, path)?.schema, name).toBe(schema);
    }
  });

  it('says of each what it is for', () => {
    for (const { path, schema, name } of named) {
      expect(schema.description ?? '', `description of ${name}`).toMatch(/^\S.*[.)]$/s);
      const { text, key } = recipeWith(path, schema['default'] ?? null);
      const said = hoverAt(text, key);
      expect(said, name).toContain(schema.description);
      if (schema['default'] !== undefined) expect(said, name).toContain(`Default: ${valueCode(schema['default'])}`);
      if (schema['unit'] !== undefined) expect(said, name).toContain(`(${String(schema['unit'])})`);
      if (schema['source'] !== undefined) expect(said, name).toContain(String(schema['source']));
    }
  });

  it('says of each value by name what it means', () => {
    for (const { path, schema, name } of named) {
      const values = literals(schema).filter((value) => typeof value !== 'boolean');
      if (values.length < 2) continue;
      for (const value of values) {
        const meaning = valueDescription(schema, value);
        expect(meaning ?? '', `${name}: ${String(value)}`).toMatch(/^\S.*\.$/s);
        const { text, value: at } = recipeWith(path, value);
        // Once by itself, once in the list of all values.
        expect(hoverAt(text, at).split(`${valueCode(value)}: ${meaning}`).length, name).toBeGreaterThan(2);
      }
    }
  });
});

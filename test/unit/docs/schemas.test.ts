import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schemas } from '../../../scripts/schemas.ts';
import { recipeDeclaration } from '../../../language-server/service/schema/schema-at.ts';
import { root } from '../../support/lathe.ts';

describe('schemas of the package', () => {
  it.each(Object.entries(schemas))('%s is what the code declares (npm run docs writes it)', (name, schema) => {
    expect(readFileSync(path.join(root, 'schemas', name), 'utf8')).toBe(schema());
  });

  it('are all of the folder', () => expect(readdirSync(path.join(root, 'schemas')).sort()).toEqual(Object.keys(schemas).sort()));

  it('of recipes is that which the language server checks against', () => {
    const published = JSON.parse(schemas['compression-config.schema.json']!(), (_, value: unknown) =>
      Array.isArray(value) && value[0] === 'object' && value[1] === 'null' ? 'object' : value,
    ) as Record<string, unknown>;
    const { $schema: _, ...declared } = published;
    expect(declared).toEqual(JSON.parse(JSON.stringify(recipeDeclaration)));
  });

  it('of recipes takes those of the sample', () => {
    for (const format of ['path', 'layer']) FormatRegistry.Set(format, () => true);
    const folder = path.join(root, 'samples/shapes');
    const recipes = readdirSync(folder).filter((name) => /\.compress\.(ya?ml|json)$/.test(name));
    expect(recipes.length).toBeGreaterThan(0);
    for (const name of recipes) {
      const value: unknown = parse(readFileSync(path.join(folder, name), 'utf8'));
      expect([...Value.Errors(recipeDeclaration, value)], name).toEqual([]);
    }
    expect(Value.Check(recipeDeclaration, { version: 1, moddel: 'resnet20.onnx' })).toBe(false);
    for (const format of ['path', 'layer']) FormatRegistry.Delete(format);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/engine/recipe/schema.ts';
import { steps } from '../../../src/engine/recipe/steps.ts';

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; required?: string[]; anyOf?: Schema[]; items?: Schema };

describe('recipeSchema', () => {
  const schema = recipeSchema() as Schema;

  it('is plain JSON Schema of draft 7', () => {
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema.required).toEqual(['version']);
    expect(schema['oneOf']).toEqual([{ required: ['model'] }, { required: ['models'] }]);
  });

  it('has every step with every parameter of its declaration', () => {
    const items = schema.properties!['steps']!.items!;
    const entries = items.anyOf ?? [items];
    for (const step of steps) {
      const entry = entries.find((one) => one.properties?.[step.name]);
      expect(Object.keys(entry!.properties![step.name]!.properties!)).toEqual(['on', ...Object.keys(step.parameters.properties)]);
    }
  });

  it('knows every step that the engine declares', () => {
    const engine = path.resolve(import.meta.dirname, '../../../src/engine');
    const declares = (room: string): number =>
      ['step.ts', 'auto-step.ts', 'distill-step.ts', 'cluster-step.ts'].filter((file) => existsSync(path.join(engine, room, file))).length;
    expect(steps).toHaveLength(readdirSync(engine).reduce((sum, room) => sum + declares(room), 0));
  });

  it('requires nothing that has a default, and allows no unknown key', () => {
    let maps = 0;
    const walk = (node: unknown): void => {
      if (Array.isArray(node)) node.forEach(walk);
      else if (typeof node === 'object' && node !== null) {
        const map = node as Schema;
        if (map['type'] === 'object' && map.properties) {
          maps++;
          expect(map['additionalProperties']).toBe(false);
          for (const key of map.required ?? []) expect(map.properties[key]).not.toHaveProperty('default');
        }
        Object.values(map).forEach(walk);
      }
    };
    walk(schema);
    expect(maps).toBeGreaterThan(8);
  });

  it('describes every setting of every step', () => {
    for (const step of steps) {
      for (const [key, parameter] of Object.entries(step.parameters.properties)) {
        expect(parameter['description'], `${step.name}.${key}`).toBeTypeOf('string');
      }
    }
  });
});

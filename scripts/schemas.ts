// Writes schemas/*.json from the declarations that recipe, command line and engine share. Run: npm run docs
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { overlayFile } from '../src/engine/pipeline/index.ts';
import { draft7, recipeSchema } from '../src/engine/recipe/schema.ts';

const text = (schema: object): string => `${JSON.stringify(schema, null, 1)}\n`;

/** JSON Schemas by name, as they are published with the package; `lathe schema` prints the same. */
export const schemas: Readonly<Record<string, () => string>> = {
  'compression-config.schema.json': () => text(recipeSchema()),
  'overlay.schema.json': () => text({ $schema: draft7, ...overlayFile }),
};

if (process.argv.includes('--write')) {
  const folder = path.join(import.meta.dirname, '../schemas');
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) writeFileSync(path.join(folder, name), schema());
}

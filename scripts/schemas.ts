// Writes schemas/*.json from the declarations that recipe, command line and engine share. Run: npm run docs
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileSettings } from '../src/engine/targets/deploy-settings.ts';
import { overlayFile } from '../src/engine/pipeline/index.ts';
import { draft7, recipeSchema } from '../src/engine/recipe/schema.ts';

const text = (schema: object): string => `${JSON.stringify(schema, null, 1)}\n`;

/** JSON Schemas by name, as they are published with the package; `lathe schema` prints the same. */
export const schemas: Readonly<Record<string, () => string>> = {
  'compression-config.schema.json': () => text(recipeSchema()),
  'overlay.schema.json': () => text({ $schema: draft7, ...overlayFile }),
};

/** Settings of compilers as a task of tasks.json takes them: VS Code reads that schema from the manifest. */
export const taskCompileSettings = (): unknown =>
  JSON.parse(JSON.stringify(compileSettings.properties, (key, value: unknown) => (key === 'unit' ? undefined : value)));

if (process.argv.includes('--write')) {
  const folder = path.join(import.meta.dirname, '../schemas');
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) writeFileSync(path.join(folder, name), schema());
  const manifest = path.join(import.meta.dirname, '../package.json');
  const written = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  written.contributes.taskDefinitions[0]!.properties.compile.properties = taskCompileSettings();
  writeFileSync(manifest, `${JSON.stringify(written, null, 2)}\n`);
}

interface Manifest {
  contributes: { taskDefinitions: { properties: { compile: { properties: unknown } } }[] };
}

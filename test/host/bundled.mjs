import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { textFiles } from '../../scripts/text-files.mjs';

const root = path.join(import.meta.dirname, '../..');

/** A TypeScript file of this project, given from its root, as a module: Node 20 reads none. `name`: of the bundle in out/. */
export async function bundled(file, name) {
  const outfile = path.join(root, 'out', `${name}.mjs`);
  await build({
    entryPoints: [path.join(root, file)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    loader: textFiles,
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

// Runs a TypeScript file of this project: bundles it with esbuild into out/scripts, then imports it. Node 20 has no type stripping.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { textFiles } from './text-files.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run-ts.mjs FILE.ts [ARGUMENTS]');
  process.exit(2);
}
const root = path.join(import.meta.dirname, '..');
const source = path.resolve(file);
const outfile = path.join(root, 'out/scripts', path.relative(root, source).replaceAll(path.sep, '__').replace(/\.ts$/, '.mjs'));
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  loader: textFiles,
  define: { 'import.meta.dirname': JSON.stringify(path.dirname(source)) },
});
process.argv = [process.argv[0], source, ...args];
await import(pathToFileURL(outfile).href);

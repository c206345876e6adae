import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The decoding thread's code as it is shipped, in `folder`. */
export async function bundledWorker(folder: string): Promise<URL> {
  const source = path.resolve(import.meta.dirname, '../../../src/engine/data/decode-worker.ts');
  const require = "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);";
  await build({
    entryPoints: { 'decode-worker': source, mozjpeg_dec: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: require },
    loader: { '.wasm': 'copy' },
  });
  return pathToFileURL(path.join(folder, 'decode-worker.mjs'));
}

// Builds everything that ships. `node esbuild.mjs [NAME…] [--watch] [--minify] [--outdir=DIR] [--meta=FILE]`; without names, all
// entries. --meta lists the files that went into the bundles.
import { rmSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';
import { hostModule } from './scripts/host-module.mjs';
import { textFiles } from './scripts/text-files.mjs';
import { workerText } from './scripts/worker-text.mjs';

/** Loaded from node_modules at run time: native code, or given by the host. */
const external = ['onnxruntime-node', 'vscode'];

const node = { platform: 'node', target: 'node20.11', external, loader: textFiles };

// ESM bundles still contain CommonJS packages, which call require for Node's own modules.
const requireForEsm =
  "import { createRequire as lathe_createRequire } from 'node:module'; const require = lathe_createRequire(import.meta.url);";
const esm = { ...node, format: 'esm', outExtension: { '.js': '.mjs' }, banner: { js: requireForEsm } };
const inChunks = { ...esm, splitting: true, chunkNames: 'chunks/[name]-[hash]' };

/** One line per bundle: name on the command line, then esbuild's options. */
const entries = {
  cli: { ...inChunks, entryPoints: { cli: 'src/cli/main.ts' } },
  'language-server': { ...esm, entryPoints: { 'language-server': 'language-server/main.ts' } },
  // Models, data and runs are read for the language server in a thread of this file.
  facts: { ...inChunks, entryPoints: { 'facts-thread': 'language-server/facts/thread.ts' } },
  worker: { ...esm, entryPoints: { worker: 'src/worker/main.ts' } },
  // Pictures are decoded in threads of this file; the codecs' WebAssembly lies beside it.
  decode: {
    ...esm,
    entryPoints: {
      'decode-worker': 'src/engine/data/decode-worker.ts',
      mozjpeg_dec: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
      webp_dec: '@jsquash/webp/codec/dec/webp_dec.wasm',
    },
    loader: { ...textFiles, '.wasm': 'copy' },
  },
  webview: {
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    plugins: [workerText],
    loader: { '.svg': 'text' },
    entryPoints: {
      'model-view': 'webview/model/main.ts',
      'input-view': 'webview/input/main.ts',
      'runs-view': 'webview/runs/main.ts',
      'compare-view': 'webview/compare/main.ts',
      'training-view': 'webview/training/main.ts',
      'pruning-view': 'webview/pruning/main.ts',
    },
  },
  extension: {
    ...inChunks,
    plugins: [hostModule],
    entryPoints: { extension: 'src/extension/extension.ts', main: 'src/extension/main.cjs' },
    loader: { ...textFiles, '.cjs': 'copy' },
  },
};

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const value = (name) => flags.find((flag) => flag.startsWith(`--${name}=`))?.split('=')[1];
const outdir = value('outdir') ?? 'dist';
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = names.filter((name) => !(name in entries));
if (unknown.length) {
  process.stderr.write(`esbuild.mjs: no entry ${unknown.join(', ')}; there are ${Object.keys(entries).join(', ')}\n`);
  process.exit(2);
}

// Chunks carry a hash in their name: without this, those of every earlier build would ship.
if (names.length === 0) rmSync(outdir, { recursive: true, force: true });

const inputs = new Set();
for (const name of names.length ? names : Object.keys(entries)) {
  const options = {
    bundle: true,
    outdir,
    metafile: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    legalComments: 'none',
    minify: flags.includes('--minify'),
    ...entries[name],
  };
  if (flags.includes('--watch')) await (await context(options)).watch();
  else for (const input of Object.keys((await build(options)).metafile.inputs)) inputs.add(input);
}
if (value('meta')) writeFileSync(value('meta'), JSON.stringify([...inputs].sort()));

import path from 'node:path';
import { build } from 'esbuild';

/** `import code from 'worker:./file.ts'`: that file bundled by itself, as text. A webview may start workers from blobs only. */
export const workerText = {
  name: 'worker-text',
  setup(builder) {
    builder.onResolve({ filter: /^worker:/ }, ({ path: file, resolveDir }) => ({
      path: path.resolve(resolveDir, file.slice('worker:'.length)),
      namespace: 'worker-text',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'worker-text' }, async ({ path: file }) => {
      const { minify } = builder.initialOptions;
      const { outputFiles, metafile } = await build({
        entryPoints: [file],
        bundle: true,
        write: false,
        format: 'iife',
        target: 'es2022',
        metafile: true,
        legalComments: 'none',
        minify,
      });
      return {
        contents: outputFiles[0].text,
        loader: 'text',
        watchFiles: Object.keys(metafile.inputs).map((input) => path.resolve(input)),
      };
    });
  },
};

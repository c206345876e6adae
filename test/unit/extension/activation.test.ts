import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const entry = 'src/extension/extension.ts';

/** What is read before `activate` runs: everything that is imported from the entry, directly or not, and not by `import()`. */
async function loadedAtOnce(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: path.join(import.meta.dirname, '../../..'),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    external: ['vscode', 'onnxruntime-node'],
    loader: { '.py': 'text', '.sh': 'text' },
    outdir: 'out',
    splitting: true,
  });
  const found = new Set([entry]);
  for (const file of found)
    for (const { path: imported, kind } of metafile.inputs[file]?.imports ?? []) if (kind !== 'dynamic-import') found.add(imported);
  return [...found];
}

describe('activation', () => {
  it('reads the extension itself, the messages of its views and no engine', async () => {
    // The one of the engine is forty lines that say where a recipe's files lie.
    const own =
      /^src\/(extension|protocol)\/|^src\/engine\/base\/|^src\/engine\/recipe\/composed-file\.ts$|^src\/worker\/queue\.ts$|^vscode$/;
    expect((await loadedAtOnce()).filter((file) => !own.test(file) && !isBuiltin(file))).toEqual([]);
  });
});

import { statSync } from 'node:fs';
import { countFiles } from '../../../src/engine/recipe/facts/count-files.ts';
import type { JobOf, WorkspaceFiles } from '../jobs.ts';
import type { Found } from '../perform.ts';

/** Folders of other people's files, in which nobody looks for recipes. */
const skipped = /[\\/](node_modules|__pycache__|venv|site-packages)$/;
const mostEntries = 20_000;
const deepest = 8;
const endings: ReadonlySet<string> = new Set(['.onnx', '.yaml', '.yml', '.json']);
const recipeName = /\.compress\.(ya?ml|json)$/i;

/** Recipes and models of the folders. Run folders are left out: their models and copies of recipes are nobody's own. */
export async function readWorkspace({ folders, ownFilesOnly }: JobOf<'workspace'>): Promise<Found & { value: WorkspaceFiles }> {
  const files = folders
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    .flatMap(
      (folder) =>
        countFiles(folder, endings, {
          entries: mostEntries,
          depth: deepest,
          followLinks: !ownFilesOnly,
          skip: (at, entries) => skipped.test(at) || entries.some(({ name }) => name === 'run.json'),
        }).files,
    );
  const sorted = [...new Set(files)].sort();
  return {
    value: {
      recipes: sorted.filter((file) => recipeName.test(file)),
      models: sorted.filter((file) => file.toLowerCase().endsWith('.onnx')),
    },
  };
}

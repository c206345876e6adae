import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import { modelFileOf } from '../../engine/recipe/composed-file.ts';
import type { RunRecord } from '../../engine/pipeline/index.ts';
import type { Host } from '../host.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import { jobTitle } from '../recipe/job-title.ts';
import { writeFree } from '../recipe/free-file.ts';
import { runsFolder } from '../settings.ts';
import { showResult } from './show-result.ts';

/** Does the same again in a run folder of its own: the recipe as it was resolved then, whatever its file says now. */
export async function runAgain(host: Host, run: RunSummary): Promise<void> {
  const { recipe, search, only } = await recordOf(run);
  const title = jobTitle(recipe);
  const resolved = { resolved: recipe };
  const model = modelFileOf(recipe);
  const result = search
    ? await host.jobs.run(title, { ...search, recipe: resolved, resume: false }, model)
    : await host.jobs.run(title, { kind: 'run', recipe: resolved, ...(only === undefined ? {} : { only }) }, model);
  if (!('run' in result)) return;
  await showResult(host, result, {
    recipe: vscode.Uri.file(result.recipe),
    model: model === undefined ? undefined : vscode.Uri.file(model),
  });
}

/** Writes what was run as a recipe of its own beside the run folders, under a free name, and opens it: to be changed and run. */
export async function turnIntoRecipe(_: Host, run: RunSummary): Promise<void> {
  const { recipe } = await recordOf(run);
  const [{ recipeOfRun }, { writeRecipe }] = await Promise.all([
    import('../../engine/recipe/recipe-of-run.ts'),
    import('../../engine/recipe/write.ts'),
  ]);
  const folder = path.dirname(run.folder);
  const text = writeRecipe(
    recipeOfRun(recipe, folder, runsFolder(vscode.Uri.file(run.folder))),
    `As run ${path.basename(run.folder)} did it. Change it and run it again.`,
  );
  const copy = await writeFree(folder, `${recipe.name.replace(/(-copy)?(-\d+)?$/, '')}-copy`, '.compress.yaml', text);
  await vscode.window.showTextDocument(copy, { preview: false });
}

async function recordOf({ folder }: RunSummary): Promise<RunRecord> {
  const { readRecord } = await import('../../engine/pipeline/index.ts');
  const record = await readRecord(folder);
  if (record) return record;
  throw new LatheError('run.missing', 'its run.json can not be read', { file: folder, hint: 'Delete the run.' });
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ModelSummary } from '../../../protocol/results/run.ts';
import { LatheError } from '../../base/errors.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { createOrtRuntime } from '../../runtime/ort-node.ts';
import type { ToolDeps } from '../jobs.ts';
import { listRuns, readRecord, recipeKey } from '../run-folder.ts';
import { runRecipe } from '../run.ts';
import type { RunRecord } from '../run-record.ts';

/** The run whose model goes to the boards. */
export interface DeployedRun {
  readonly folder: string;
  /** Absolute path of the final model. */
  readonly model: string;
  readonly record: RunRecord;
}

/** The newest finished run of the recipe, the one that is named, or a new one. Throws `deploy.no-run`, `run.missing`, `run.unfinished`. */
export async function findRun(recipe: ResolvedRecipe, run: string | undefined, deps: ToolDeps): Promise<DeployedRun> {
  if (run === 'new') {
    const { run: folder } = await runRecipe(recipe, { ...deps, runtime: await createOrtRuntime() }, { choice: 'new' });
    return openFinished(folder);
  }
  return run === undefined ? newestRun(recipe) : openFinished(run);
}

/** Throws `deploy.no-run` where the recipe has none that is finished. */
export async function newestRun(recipe: ResolvedRecipe): Promise<DeployedRun> {
  const folder = await newestFinished(recipe);
  if (folder !== undefined) return openFinished(folder);
  throw new LatheError('deploy.no-run', 'this recipe has not been run yet, so there is no model to deploy', {
    ...(recipe.file === undefined ? {} : { file: recipe.file }),
    hint: 'Run it first, or say --run new.',
  });
}

/** Undefined when there is none. */
export async function newestFinished(recipe: ResolvedRecipe): Promise<string | undefined> {
  const key = recipeKey(recipe);
  return (await listRuns(recipe.output.folder)).find(({ record }) => record?.recipeKey === key && record.state === 'finished')?.folder;
}

/** Throws `run.missing`, `run.unfinished`, `deploy.no-model`. */
export async function openFinished(folder: string): Promise<DeployedRun> {
  const record = await readRecord(folder);
  if (!record)
    throw new LatheError('run.missing', 'this is no run folder: it has no readable run.json', { file: folder, hint: 'see `lathe clean`' });
  const final = record.result && finalModel(record.result.models);
  if (record.state !== 'finished' || !final) {
    throw new LatheError('run.unfinished', 'this run has not finished', { file: folder, hint: 'Go on with it: lathe run --resume.' });
  }
  // The folder may have been moved: what was made lies in its `models`.
  const model = final.role === 'input' ? final.path : path.join(folder, 'models', final.path.split(/[\\/]/).pop() ?? '');
  if (!existsSync(model))
    throw new LatheError('deploy.no-model', 'the model of this run is gone', { file: model, hint: 'Run the recipe again.' });
  return { folder, model, record };
}

/** What the last step made; of a recipe without steps the model itself. */
const finalModel = (models: readonly ModelSummary[]): ModelSummary | undefined =>
  models.findLast(({ role }) => role === 'output') ?? models.findLast(({ role }) => role === 'input');

/** Where the model of a run that is still to come would be, for plans. */
export const modelToCome = (recipe: ResolvedRecipe): string => path.join(recipe.output.folder, `${recipe.name}-…`, 'models', 'model.onnx');

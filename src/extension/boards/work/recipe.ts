import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../../engine/base/errors.ts';
import type { DeployEntry } from '../../../engine/targets/deploy-settings.ts';
import type { ResolvedRecipe } from '../../../engine/recipe/types.ts';
import type { RunDocument } from '../../../protocol/results/run.ts';
import { jobTitle } from '../../recipe/job-title.ts';
import { outputOf } from '../../runs/words.ts';
import { runsFolder } from '../../settings.ts';
import { placeOf, runJob, type Work } from './work.ts';

/** The recipe of a task, as a job takes it. */
export interface TaskRecipe {
  /** Absolute. */
  readonly file: string;
  readonly resolved: ResolvedRecipe;
}

/** Reads the recipe that a task names, with what the task sets over it; unsaved changes are saved first. Throws `recipe.invalid` with its place. */
export async function recipeOf(work: Work): Promise<TaskRecipe> {
  const file = placeOf(work, work.task.recipe!);
  const uri = vscode.Uri.file(file);
  const open = vscode.workspace.textDocuments.find((document) => document.uri.fsPath === file);
  if (open?.isDirty) await open.save();
  const text = new TextDecoder().decode(await readFile(uri));
  const { prepareRecipe, requireResolved } = await import('../../../engine/recipe/prepare.ts');
  const source = { text, file, ...(work.task.set ? { overrides: work.task.set } : {}) };
  return { file, resolved: requireResolved(await prepareRecipe(source, { runs: runsFolder(uri), for: 'run' })) };
}

async function readFile(uri: vscode.Uri): Promise<Uint8Array> {
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    throw new LatheError('file.missing', 'there is no such recipe', { file: uri.fsPath, hint: 'Name it as "recipe" of the task.', cause });
  }
}

/** Positions of the entries of `deploy:` that a task is about. Throws `deploy.entry`. */
export function entriesOf({ resolved: { deploy = [] }, file }: TaskRecipe, entry: number | string | undefined): number[] {
  const all = deploy.map((_, index) => index);
  if (entry === undefined) return all;
  const found = typeof entry === 'number' ? all.filter((index) => index === entry) : all.filter((index) => isCalled(deploy[index]!, entry));
  if (found.length) return found;
  const known = deploy.map(({ target, host }, index) => `${index} (${target}${host === undefined ? '' : ` on ${host}`})`).join(', ');
  throw new LatheError('deploy.entry', `no entry of "deploy:" is ${JSON.stringify(entry)}`, {
    file,
    hint: known ? `There are ${known}.` : 'Write "deploy:" into the recipe first.',
  });
}

const isCalled = ({ target, host }: DeployEntry, name: string): boolean => target === name || host === name;

/** The run whose result is meant: that which the task names, else the newest finished one of the recipe; without any the recipe is run. */
export async function finishedRun(work: Work, recipe: TaskRecipe): Promise<{ folder: string; model: string }> {
  const { run } = work.task;
  if (run !== undefined && run !== 'new') return modelOf(work, placeOf(work, run));
  if (run === undefined) {
    const last = (await work.host.runs.list()).find((one) => one.recipe === recipe.file && one.status === 'finished' && outputOf(one));
    if (last) return modelOf(work, last.folder);
    work.line('This recipe has no finished run yet: it is run first.');
  }
  const { run: folder } = await runRecipeOf(work, recipe);
  return modelOf(work, folder);
}

async function modelOf({ host }: Work, folder: string): Promise<{ folder: string; model: string }> {
  const model = outputOf(await host.runs.read(folder));
  if (model) return { folder, model: model.path };
  throw new LatheError('run.models', 'this run has made no model', { file: folder, hint: 'Resume it, or run the recipe again.' });
}

/** Runs the recipe from its first step. */
export async function runRecipeOf(work: Work, { resolved }: TaskRecipe): Promise<RunDocument> {
  const document = await runJob(work, jobTitle(resolved), { kind: 'run', recipe: { resolved } }, resolved.model);
  return document as RunDocument;
}

export const recipeName = (file: string): string => path.basename(file).replace(/\.compress\.(ya?ml|json)$/i, '');

import path from 'node:path';
import * as vscode from 'vscode';
import { modelFileOf } from '../../engine/recipe/composed-file.ts';
import type { PreparedRecipe } from '../../engine/recipe/prepare.ts';
import type { Problem, ResolvedRecipe } from '../../engine/recipe/types.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import type { Host } from '../host.ts';
import { pickRecipe } from '../pick-file.ts';
import { showResult } from '../runs/show-result.ts';
import { runsFolder } from '../settings.ts';
import { jobTitle } from './job-title.ts';

/** Runs the recipe that was clicked, is open or is picked. */
export async function runPickedRecipe(host: Host, given: vscode.Uri | undefined): Promise<void> {
  const file = await pickRecipe(given);
  if (file) await runRecipe(host, file);
}

/** Runs the recipe in a file, unsaved changes included, or one of its steps alone. With mistakes nothing runs. Throws LatheError. */
export async function runRecipe(host: Host, file: vscode.Uri, step?: number): Promise<void> {
  const prepared = await preparedRecipe(file);
  if (!prepared) return;
  const { resolved } = prepared;
  const only = step === undefined ? {} : { only: String(step) };
  const result = await host.jobs.run(jobTitle(resolved), { kind: 'run', recipe: { resolved }, ...only }, modelFileOf(resolved));
  if ('run' in result) await showResult(host, result satisfies RunDocument, { recipe: file, model: uriOf(modelFileOf(resolved)) });
}

const uriOf = (model: string | undefined): vscode.Uri | undefined => (model === undefined ? undefined : vscode.Uri.file(model));

/** A recipe as a job takes it, with the scanned models. */
export interface ReadyRecipe extends Pick<PreparedRecipe, 'model' | 'models'> {
  readonly text: string;
  readonly resolved: ResolvedRecipe;
}

/** A recipe as a job takes it, unsaved changes included. Undefined when it has mistakes: the first is shown then, and all are in the Problems view. */
export async function preparedRecipe(file: vscode.Uri): Promise<ReadyRecipe | undefined> {
  const document = await vscode.workspace.openTextDocument(file);
  if (document.isDirty) await document.save();
  const { prepareRecipe } = await import('../../engine/recipe/prepare.ts');
  // From the disk: the editor notices what other programs write a moment later.
  const text = document.isDirty ? document.getText() : new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const { resolved, problems, ...models } = await prepareRecipe({ text, file: file.fsPath }, { runs: runsFolder(file), for: 'run' });
  if (resolved) return { ...models, text, resolved };
  await refuse(file, problems);
  return undefined;
}

async function refuse(file: vscode.Uri, problems: readonly Problem[]): Promise<void> {
  const first = problems.find(({ severity }) => severity === 'error');
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more in the Problems view)` : '';
  const place = first ? new vscode.Range(first.line - 1, first.column - 1, first.endLine - 1, first.endColumn - 1) : undefined;
  await vscode.window.showTextDocument(file, { selection: place, preview: false });
  void vscode.window.showErrorMessage(`${path.basename(file.fsPath)} cannot run: ${first?.message ?? 'it is not valid'}${more}`);
}

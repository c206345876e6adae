import path from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../protocol/runs.ts';
import type { Host } from '../host.ts';
import { showResult } from './show-result.ts';
import { statusText } from './words.ts';

/** Runs that began, did not finish, and that no process works on. */
export async function unfinishedRuns({ runs }: Host): Promise<RunSummary[]> {
  return (await runs.list()).filter(({ status }) => status === 'interrupted' || status === 'cancelled' || status === 'failed');
}

/** After a reload: offers to continue what a closed window left in the middle. What the user cancelled is not brought up again. */
export async function offerResume(host: Host): Promise<void> {
  const interrupted = (await unfinishedRuns(host)).filter(({ status }) => status === 'interrupted');
  const [newest] = interrupted;
  if (!newest || !vscode.workspace.isTrusted) return;
  const resume = 'Resume';
  const more = interrupted.length > 1 ? ` (and ${interrupted.length - 1} more: Lathe: Resume…)` : '';
  const question = `The run ${path.basename(newest.folder)} was interrupted${more}. What it finished is kept.`;
  if ((await vscode.window.showInformationMessage(question, resume, 'Not Now')) === resume) await resumeRun(host, newest);
}

/** Lets the user choose one of the unfinished runs and continues it. */
export async function chooseAndResume(host: Host): Promise<void> {
  const runs = await unfinishedRuns(host);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('There is no unfinished run to continue.');
    return;
  }
  const items = runs.map((run) => ({ label: path.basename(run.folder), description: statusText[run.status], detail: run.model, run }));
  const chosen = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder: 'Continue which run?' });
  if (chosen) await resumeRun(host, chosen.run);
}

/** Continues a run where it stopped, and shows what came of it. */
export async function resumeRun(host: Host, run: RunSummary): Promise<void> {
  const { folder, model, recipe, name } = run;
  const title = `Resume ${model === undefined ? name : path.basename(model)}`;
  const result = await host.jobs.run(title, { kind: 'run', recipe: { run: folder } }, model);
  if (!('run' in result)) return;
  await showResult(host, result, {
    recipe: vscode.Uri.file(recipe ?? result.recipe),
    model: model === undefined ? undefined : vscode.Uri.file(model),
  });
}

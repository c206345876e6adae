import path from 'node:path';
import * as vscode from 'vscode';
import type { RunListing } from '../../engine/pipeline/index.ts';
import type { Host } from '../host.ts';
import { allRuns } from './all-runs.ts';
import { showResult } from './show-result.ts';

/** Runs that began, did not finish, and that no process works on. */
export async function unfinishedRuns(): Promise<RunListing[]> {
  return (await allRuns()).filter(({ state }) => state === 'interrupted' || state === 'cancelled' || state === 'failed');
}

/** After a reload: offers to continue what a closed window left in the middle. What the user cancelled is not brought up again. */
export async function offerResume(host: Host): Promise<void> {
  const interrupted = (await unfinishedRuns()).filter(({ state }) => state === 'interrupted');
  const [newest] = interrupted;
  if (!newest || !vscode.workspace.isTrusted) return;
  const resume = 'Resume';
  const more = interrupted.length > 1 ? ` (and ${interrupted.length - 1} more: Lathe: Resume…)` : '';
  const question = `The run ${path.basename(newest.folder)} was interrupted${more}. What it finished is kept.`;
  if ((await vscode.window.showInformationMessage(question, resume, 'Not Now')) === resume) await resumeRun(host, newest);
}

/** Lets the user choose one of the unfinished runs and continues it. */
export async function chooseAndResume(host: Host): Promise<void> {
  const items = unfinishedRuns().then((runs) =>
    runs.map((run) => ({ label: path.basename(run.folder), description: run.state, detail: run.record?.recipe.model, run })),
  );
  if ((await items).length === 0) {
    void vscode.window.showInformationMessage('There is no unfinished run to continue.');
    return;
  }
  const chosen = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder: 'Continue which run?' });
  if (chosen) await resumeRun(host, chosen.run);
}

async function resumeRun(host: Host, run: RunListing): Promise<void> {
  const resolved = run.record?.recipe;
  if (!resolved) return;
  const title = `Compress ${path.basename(resolved.model)}`;
  const result = await host.jobs.run(title, { kind: 'run', recipe: { run: run.folder } }, resolved.model);
  if (!('run' in result)) return;
  const recipe = vscode.Uri.file(resolved.file ?? result.recipe);
  await showResult(host, result, { recipe, model: vscode.Uri.file(resolved.model) });
}

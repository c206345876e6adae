import path from 'node:path';
import * as vscode from 'vscode';
import type { CompileDocument, DeployDocument } from '../../protocol/results/board.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import type { Host } from '../host.ts';
import { offerResult } from '../runs/show-result.ts';
import { compileSummary, deploySummary, plain } from './text.ts';
import type { TaskRecipe } from './work/recipe.ts';

/** One notification at the end of each task: the figures, and where to go from there. None of them is waited for. */

const openLog = 'Open Log';

/** What a run came to; a task opens no editors by itself. */
export const tellRun = (host: Host, run: RunDocument, { file, resolved }: TaskRecipe): Promise<void> =>
  offerResult(host, run, {
    recipe: vscode.Uri.file(file),
    model: resolved.model === undefined ? undefined : vscode.Uri.file(resolved.model),
  });

export async function tellCompiled(host: Host, target: string, document: CompileDocument): Promise<void> {
  const open = 'Open Model';
  const pressed = await vscode.window.showInformationMessage(`Compiled for ${target}: ${compileSummary(document)}`, open, openLog);
  if (pressed === open) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(document.output.path));
  if (pressed === openLog) host.output.show();
}

/** "zcu104: 2.1 ms · 690 FPS · 91.2 % (simulated 91.2)". */
export async function tellDeployed(host: Host, documents: readonly DeployDocument[], run: string): Promise<void> {
  const report = 'Report';
  const measured = documents.map(deploySummary).filter(Boolean);
  const failed = documents.flatMap(({ target, host, error }) => (error ? [`${host ?? target}: ${plain(error.message)}`] : []));
  const text = [...measured, ...failed];
  if (text.length === 0) text.push('Nothing was measured: no entry of "deploy:" has a host');
  const show = failed.length ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const pressed = await show(text.join(' | '), report, openLog);
  if (pressed === report) await (await import('../runs/report.ts')).openReport(vscode.Uri.file(path.join(run, 'report.html')));
  if (pressed === openLog) host.output.show();
}

import * as vscode from 'vscode';
import type { Host } from '../host.ts';

/** Ends the running job; asks which one where several run or wait. */
export async function cancelJob({ jobs }: Host): Promise<void> {
  const { titles } = jobs;
  if (titles.length < 2) return jobs.cancel();
  const all = 'All jobs';
  const chosen = await vscode.window.showQuickPick([...titles, all], { ignoreFocusOut: true, placeHolder: 'Cancel which job?' });
  if (chosen) jobs.cancel(chosen === all ? undefined : [chosen]);
}

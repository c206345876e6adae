import * as vscode from 'vscode';
import type { Host } from '../host.ts';

/** Ends the running job; asks which one where several run or wait. */
export async function cancelJob({ jobs }: Host): Promise<void> {
  if (jobs.jobs.length < 2) return jobs.cancelAll();
  const items = jobs.jobs.map((job) => ({ label: job.title, description: job.text, cancel: () => job.cancel() }));
  const all = { label: 'All jobs', cancel: () => jobs.cancelAll() };
  const chosen = await vscode.window.showQuickPick([...items, all], { ignoreFocusOut: true, placeHolder: 'Cancel which job?' });
  chosen?.cancel();
}

import path from 'node:path';
import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { runSummary } from '../jobs/wording.ts';

/** Lets the user choose two runs or more, `picked` beforehand. Undefined when the user turned away. */
export async function pickRuns(host: Host, picked: readonly string[]): Promise<string[] | undefined> {
  const runs = (await host.runs.list()).filter(({ status }) => status !== 'unreadable');
  if (runs.length < 2) {
    void vscode.window.showInformationMessage('There are no two runs to compare yet.');
    return undefined;
  }
  const items = runs.map((run) => ({
    label: path.basename(run.folder),
    description: runSummary(run),
    detail: run.method,
    picked: picked.includes(run.folder),
    folder: run.folder,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    ignoreFocusOut: true,
    placeHolder: 'Compare which runs? Two or more',
  });
  return chosen && chosen.length >= 2 ? chosen.map(({ folder }) => folder) : undefined;
}

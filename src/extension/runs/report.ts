import path from 'node:path';
import * as vscode from 'vscode';
import { runSummary } from '../jobs/wording.ts';
import { allRuns } from './all-runs.ts';

/** Only the report's own styles and drawings: no scripts, nothing from outside, whatever stands in the file. */
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;

/** Shows a run's HTML report in a tab. Throws FileSystemError when it is gone. */
export async function openReport(file: vscode.Uri): Promise<void> {
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const title = `Report ${path.basename(path.dirname(file.fsPath))}`;
  const panel = vscode.window.createWebviewPanel('lathe.report', title, vscode.ViewColumn.Active, { enableScripts: false });
  panel.webview.html = /<head[^>]*>/i.test(text) ? text.replace(/<head[^>]*>/i, (head) => head + policy) : policy + text;
}

/** Lets the user choose a finished run and shows its report. */
export async function pickReport(): Promise<void> {
  const runs = (await allRuns()).filter(({ state }) => state === 'finished');
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('There is no finished run yet. Right-click a model: Lathe: Compress…');
    return;
  }
  const items = runs.map(({ folder, record }) => ({
    label: path.basename(folder),
    description: record?.result ? runSummary(record.result) : '',
    file: vscode.Uri.file(path.join(folder, 'report.html')),
  }));
  const chosen = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder: 'Report of which run?' });
  if (chosen) await openReport(chosen.file);
}

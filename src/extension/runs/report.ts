import path from 'node:path';
import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { runSummary } from '../jobs/wording.ts';

/** Only the report's own styles and drawings: no scripts, nothing from outside, whatever stands in the file. */
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;

/** Shows a run's HTML report in a tab. Throws FileSystemError when it is gone. */
export async function openReport(file: vscode.Uri): Promise<void> {
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  showHtml(`Report ${path.basename(path.dirname(file.fsPath))}`, text);
}

/** Shows a whole HTML file in a tab. */
export function showHtml(title: string, text: string): void {
  const panel = vscode.window.createWebviewPanel('lathe.report', title, vscode.ViewColumn.Active, { enableScripts: false });
  panel.webview.html = /<head[^>]*>/i.test(text) ? text.replace(/<head[^>]*>/i, (head) => head + policy) : policy + text;
}

/** Lets the user choose a finished run and shows its report. */
export async function pickReport({ runs: store }: Host): Promise<void> {
  const runs = (await store.list()).filter(({ status }) => status === 'finished');
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('There is no finished run yet. Right-click a model: Lathe: Compress…');
    return;
  }
  const items = runs.map((run) => ({
    label: path.basename(run.folder),
    description: runSummary(run),
    file: vscode.Uri.file(path.join(run.folder, 'report.html')),
  }));
  const chosen = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder: 'Report of which run?' });
  if (chosen) await openReport(chosen.file);
}

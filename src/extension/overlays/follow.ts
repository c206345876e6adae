import * as vscode from 'vscode';
import type { Host } from '../host.ts';

/** A running analysis colours the layers of its model as its results come. */
export function followAnalyses({ jobs, overlays }: Host): vscode.Disposable[] {
  return [
    jobs.onDidLearn(({ job, partial }) => {
      if (job.model !== undefined && partial.analyze) overlays.sayRunning(vscode.Uri.file(job.model), partial.analyze);
    }),
    jobs.onDidEnd((end) => {
      const { job } = end;
      // Figures of an analysis that succeeded stay until whoever asked for it has kept them.
      if (job.kind === 'analyze' && job.model !== undefined && 'error' in end) overlays.sayRunning(vscode.Uri.file(job.model), undefined);
    }),
  ];
}

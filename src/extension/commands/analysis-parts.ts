import * as vscode from 'vscode';
import { timeLeft } from '../../protocol/format.ts';
import type { AnalyzeJob } from '../../protocol/job.ts';
import type { AnalyzeDocument } from '../../protocol/results/analyze.ts';
import type { Host } from '../host.ts';

/** Pictures to measure on, of which the cost is shown before anything long begins. */
const counts = [64, 16, 256];

/** Results are kept with the workspace, so that the same question is answered at once. */
export function analysisCache({ context }: Host): { cache?: string } {
  const folder = context.storageUri;
  return folder ? { cache: vscode.Uri.joinPath(folder, 'analysis-cache').fsPath } : {};
}

/** How many pictures, with what that would take; measured on a few runs. */
export async function askCount(host: Host, title: string, job: AnalyzeJob): Promise<number | undefined> {
  const items = host.jobs.runQuietly({ ...job, samples: counts[0]!, dryRun: true }).then((found) => {
    const estimate = 'layers' in found ? found.estimate : undefined;
    const known = 'layers' in found && found.cached;
    return counts.map((count) => ({
      label: `${count} pictures`,
      description: known && count === counts[0] ? 'known already' : estimate ? costText(estimate, count) : '',
      count,
    }));
  });
  const chosen = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title: `${title} (4/4)`, placeHolder: 'On how many?' });
  return chosen?.count;
}

/** "38 layers × 64 pictures, about 40 s". */
function costText({ seconds, layers, samples }: NonNullable<AnalyzeDocument['estimate']>, count: number): string {
  return `${layers} layers × ${count} pictures, ${timeLeft((seconds * count) / Math.max(1, samples))}`;
}

/** What does not fit into a line goes to the output. */
export function reportAnalysis({ output }: Host, { warnings, notAnalyzed }: AnalyzeDocument): void {
  for (const warning of warnings) output.warn(warning);
  for (const { name, op, reason } of notAnalyzed) output.info(`not analyzed: ${name} (${op}): ${reason}`);
}

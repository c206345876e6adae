import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import type { Host } from '../host.ts';

/**
 * Moves run folders to the trash, where the system has none deletes them, each after a question. Throws `run.locked` when one of them is being
 * worked on: then none is touched.
 */
export async function deleteRuns(host: Host, runs: readonly RunSummary[]): Promise<void> {
  if (runs.length === 0) return;
  await requireAtRest(host, runs);
  const names = runs.map(({ folder }) => path.basename(folder));
  const what = names.length === 1 ? `the run ${names[0]}` : `${names.length} runs`;
  const detail = `${names.slice(0, 10).join('\n')}${names.length > 10 ? `\nand ${names.length - 10} more` : ''}`;
  const move = 'Move to Trash';
  if ((await vscode.window.showWarningMessage(`Delete ${what}, with models and report?`, { modal: true, detail }, move)) !== move) return;
  await requireAtRest(host, runs);
  const left = await remove(runs, true);
  if (left.length) {
    const forGood = 'Delete Permanently';
    const question = `There is no trash for ${left.length === 1 ? 'this run' : `${left.length} runs`}. Delete for good?`;
    if ((await vscode.window.showWarningMessage(question, { modal: true }, forGood)) === forGood) {
      await requireAtRest(host, left);
      const [kept] = await remove(left, false);
      if (kept)
        throw new LatheError('run.delete', 'the run folder can not be deleted', {
          file: kept.folder,
          hint: 'Is a file of it open elsewhere?',
        });
    }
  }
  host.runs.changed();
}

/** The runs that are still there. */
async function remove(runs: readonly RunSummary[], useTrash: boolean): Promise<RunSummary[]> {
  const left: RunSummary[] = [];
  for (const run of runs) {
    try {
      await vscode.workspace.fs.delete(vscode.Uri.file(run.folder), { recursive: true, useTrash });
    } catch (error) {
      // Without a trash VS Code refuses with a plain error; one that is gone meanwhile is what was wanted.
      if (!(error instanceof vscode.FileSystemError && error.code === 'FileNotFound')) left.push(run);
    }
  }
  return left;
}

async function requireAtRest({ runs: store }: Host, runs: readonly RunSummary[]): Promise<void> {
  for (const { folder } of runs) {
    if (await store.isHeld(folder)) {
      throw new LatheError('run.locked', 'a process is working on this run', {
        file: folder,
        hint: 'Cancel it first, or wait for its end.',
      });
    }
  }
}

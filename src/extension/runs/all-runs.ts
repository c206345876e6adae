import * as vscode from 'vscode';
import { listRuns, type RunListing } from '../../engine/pipeline/index.ts';
import { runsFolder } from '../settings.ts';

/** All runs of this window's folders, newest first. */
export async function allRuns(): Promise<RunListing[]> {
  const folders = new Set(
    (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => runsFolder(uri)),
  );
  const runs = await Promise.all([...folders].map((folder) => listRuns(folder)));
  return runs.flat().sort((a, b) => (b.started ?? '').localeCompare(a.started ?? ''));
}

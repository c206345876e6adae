import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

const read = <T>(key: string, fallback: T, scope?: vscode.Uri): T =>
  vscode.workspace.getConfiguration('lathe', scope).get<T>(key, fallback);

/** Where a machine decides what is started; empty: VS Code's own Node. Machine-scoped, ignored in untrusted workspaces. */
export const nodePath = (): string | undefined => read('nodePath', '') || undefined;

/** A Python that converts models of other frameworks; empty: that of the environment. Machine-scoped as `nodePath` is. */
export const pythonPath = (): string | undefined => read('pythonPath', '') || undefined;

/** Threads of a job; the setting's 0 means all. */
export const threads = (): number => read('threads', 0) || os.availableParallelism();

/** Absolute folder of run folders for work on `file`. */
export function runsFolder(file: vscode.Uri): string {
  return path.resolve(baseFolder(file), read('runsFolder', 'lathe-runs', file) || 'lathe-runs');
}

/** Absolute folders that are offered first when a job asks for pictures. */
export function dataFolders(file: vscode.Uri): string[] {
  return read<string[]>('dataFolders', [], file).map((folder) => path.resolve(baseFolder(file), folder));
}

/** The workspace folder a file belongs to; its own folder when it lies outside. */
export function baseFolder(file: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? path.dirname(file.fsPath);
}

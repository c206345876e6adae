import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension/extension.ts';

export async function api(): Promise<Api> {
  const extension = vscode.extensions.getExtension<Api>('lathe.lathe');
  assert.ok(extension, 'the extension is installed');
  return extension.activate();
}

export function workspaceFile(...parts: string[]): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, ...parts);
}

/** The first value of an event that passes the test. Listen before causing it. */
export function next<T>(event: vscode.Event<T>, test: (value: T) => boolean = () => true): Promise<T> {
  return new Promise((resolve) => {
    const listener = event((value) => {
      if (!test(value)) return;
      listener.dispose();
      resolve(value);
    });
  });
}

/** Asks again until the answer is something. */
export async function until<T>(question: () => Promise<T | undefined> | T | undefined, timeoutMs = 30_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; ;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    assert.ok(Date.now() < end, `nothing after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const tabLabels = (): string[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
export const closeAll = (): Thenable<unknown> => vscode.commands.executeCommand('workbench.action.closeAllEditors');

/** Whether a file is there, and its text. */
export async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined;
    throw error;
  }
}

import path from 'node:path';
import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { requireTrust } from '../jobs/runner.ts';
import type { TaskDefinition } from './tasks/definition.ts';
import { makeTask } from './tasks/task.ts';

/** What commands ask of a task. */
export type Asked = Pick<TaskDefinition, 'task'> & Partial<Pick<TaskDefinition, 'entry' | 'dryRun' | 'target' | 'run'>>;

/** Starts the task that does this with a recipe or a model: what was clicked runs as what tasks.json could say. Throws `workspace.untrusted`. */
export async function startTask(host: Host, file: vscode.Uri, asked: Asked): Promise<void> {
  requireTrust();
  const folder = vscode.workspace.getWorkspaceFolder(file);
  const place = folder ? path.relative(folder.uri.fsPath, file.fsPath).replaceAll('\\', '/') : file.fsPath;
  const isRecipe = /\.compress\.(ya?ml|json)$/i.test(file.path);
  const definition: TaskDefinition = { type: 'lathe', ...asked, ...(isRecipe ? { recipe: place } : { model: place }) };
  await vscode.tasks.executeTask(makeTask(host, definition, folder ?? vscode.TaskScope.Workspace));
}

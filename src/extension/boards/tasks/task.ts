import * as vscode from 'vscode';
import type { Host } from '../../host.ts';
import { taskName, taskType, type TaskDefinition } from './definition.ts';

const groups: Readonly<Record<string, vscode.TaskGroup>> = {
  run: vscode.TaskGroup.Build,
  compile: vscode.TaskGroup.Build,
  deploy: vscode.TaskGroup.Build,
  check: vscode.TaskGroup.Test,
};

const details: Readonly<Record<string, string>> = {
  run: 'Runs the recipe from its first step',
  check: 'Where each layer would run on the board, and why',
  compile: 'The vendor’s compiler on the result of the newest run',
  deploy: 'Compiles, copies to the boards of "deploy:", runs and measures there',
  import: 'A file of another framework as ONNX, through your Python',
};

/** A task of VS Code for what a definition says. A definition with mistakes becomes a task that says them in its terminal. */
export function makeTask(
  host: Host,
  definition: TaskDefinition,
  scope: vscode.WorkspaceFolder | vscode.TaskScope.Workspace | vscode.TaskScope.Global,
): vscode.Task {
  const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
  const local = folder?.uri.scheme === 'file' ? folder.uri.fsPath : undefined;
  // What is run is the definition with `${workspaceFolder}` and the like filled in.
  const execution = new vscode.CustomExecution(async (resolved) => {
    const { TaskTerminal } = await import('./terminal.ts');
    return new TaskTerminal(host, { ...definition, ...resolved } as TaskDefinition, local);
  });
  const task = new vscode.Task(definition, scope, taskName(definition), taskType, execution, []);
  const group = groups[definition.task];
  if (group) task.group = group;
  const detail = details[definition.task];
  if (detail !== undefined) task.detail = definition.dryRun ? `Shows what would be done, and does nothing` : detail;
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
    showReuseMessage: false,
  };
  return task;
}

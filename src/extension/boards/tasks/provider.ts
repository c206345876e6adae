import path from 'node:path';
import * as vscode from 'vscode';
import type { Host } from '../../host.ts';
import { taskType, type TaskDefinition } from './definition.ts';
import { modelTasks, recipeTasks } from './offered.ts';
import { makeTask } from './task.ts';

const mostRecipes = 200;
const mostModels = 50;
const ignored = '**/{node_modules,.git}/**';

/** Tasks for every recipe and model of this window's folders, and those that people write into tasks.json. Registered in any workspace: one that is not trusted has none. */
export function provideTasks(host: Host): vscode.Disposable {
  const provider: vscode.TaskProvider = {
    provideTasks: async (token) => (vscode.workspace.isTrusted ? found(host, token) : []),
    // A task that was written by hand comes without what carries it out. It is one even where it can't run: its terminal says why.
    resolveTask: ({ definition, scope }) => makeTask(host, definition as unknown as TaskDefinition, scope ?? vscode.TaskScope.Workspace),
  };
  return vscode.tasks.registerTaskProvider(taskType, provider);
}

async function found(host: Host, token: vscode.CancellationToken): Promise<vscode.Task[]> {
  const [{ checkTargets, compileTargets }, { boardsOfRecipe }] = await Promise.all([
    import('../abilities.ts'),
    import('../read-recipe.ts'),
  ]);
  const abilities = { checks: (name: string) => checkTargets.has(name), compiles: (name: string) => compileTargets.has(name) };
  const tasks: vscode.Task[] = [];
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    if (folder.uri.scheme !== 'file') continue;
    const find = (pattern: string, most: number): Thenable<vscode.Uri[]> =>
      vscode.workspace.findFiles(new vscode.RelativePattern(folder, pattern), ignored, most, token);
    const [recipes, models] = await Promise.all([find('**/*.compress.{yaml,yml,json}', mostRecipes), find('**/*.onnx', mostModels)]);
    const place = (uri: vscode.Uri): string => path.relative(folder.uri.fsPath, uri.fsPath).replaceAll('\\', '/');
    const definitions: TaskDefinition[] = [];
    for (const uri of inOrder(recipes)) {
      if (token.isCancellationRequested) return [];
      const boards = await boardsOfRecipe(uri);
      if (boards) definitions.push(...recipeTasks({ place: place(uri), ...boards }, abilities));
    }
    const runs = `${path.basename(runsFolderOf(folder))}/`;
    for (const uri of inOrder(models)) if (!place(uri).includes(runs)) definitions.push(...modelTasks(place(uri)));
    tasks.push(...definitions.map((definition) => makeTask(host, definition, folder)));
  }
  return tasks;
}

const inOrder = (files: readonly vscode.Uri[]): vscode.Uri[] => [...files].sort((a, b) => (a.fsPath < b.fsPath ? -1 : 1));
const runsFolderOf = ({ uri }: vscode.WorkspaceFolder): string =>
  vscode.workspace.getConfiguration('lathe', uri).get('runsFolder', 'lathe-runs') || 'lathe-runs';

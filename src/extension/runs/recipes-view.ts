import * as vscode from 'vscode';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import { RecipeList } from './recipe-list.ts';
import { recipeRows } from './recipe-rows.ts';
import type { Row } from './row.ts';
import { RowTree } from './row-tree.ts';

/** The list *Recipes* of the side bar. */
export function showRecipes(host: Host): vscode.Disposable {
  const recipes = new RecipeList();
  const tree = new RowTree(async () => {
    const rows = await reporting(host.output, 'List the recipes', async () => {
      const [list, runs] = await Promise.all([recipes.list(), host.runs.list()]);
      return recipeRows(list, runs, new Date());
    });
    if (!rows?.length) await lookForModels();
    return rows ?? [];
  });
  const view = vscode.window.createTreeView<Row>('lathe.recipes', { treeDataProvider: tree });
  return vscode.Disposable.from(
    recipes,
    view,
    recipes.onDidChange(() => void tree.refresh()),
    host.runs.onDidChange(() => void tree.refresh()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void tree.refresh()),
  );
}

/** What the empty list says depends on whether there is anything to compress. */
async function lookForModels(): Promise<void> {
  const found = await vscode.workspace.findFiles('**/*.onnx', '**/{node_modules,.git}/**', 1);
  await vscode.commands.executeCommand('setContext', 'lathe.noModels', found.length === 0);
}

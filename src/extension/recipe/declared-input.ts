import path from 'node:path';
import * as vscode from 'vscode';
import { isInputMap } from '../../engine/recipe/input-map.ts';
import { loadRecipe } from '../../engine/recipe/load.ts';
import type { InputDeclaration } from '../../engine/data/source.ts';

const mostRecipes = 50;

/** Input settings that a recipe of this workspace states for a model: its own recipes beside it first. */
export async function declaredInput(model: vscode.Uri): Promise<{ input: InputDeclaration; file: string } | undefined> {
  const files = await vscode.workspace.findFiles('**/*.compress.{yaml,yml,json}', '**/node_modules/**', mostRecipes);
  const distance = (uri: vscode.Uri): number => path.relative(path.dirname(model.fsPath), uri.fsPath).split(path.sep).length;
  for (const file of files.sort((a, b) => distance(a) - distance(b))) {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    const { recipe } = loadRecipe(text, file.fsPath);
    const input = recipe?.data?.input;
    if (recipe?.model === undefined || !input || isInputMap(input)) continue;
    if (path.resolve(path.dirname(file.fsPath), recipe.model) === model.fsPath)
      return { input, file: vscode.workspace.asRelativePath(file) };
  }
  return undefined;
}

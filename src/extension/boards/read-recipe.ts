import * as vscode from 'vscode';
import { boardsOf, type RecipeBoards } from './recipe-boards.ts';

/** No recipe is as large. */
const largest = 1_000_000;

/** What a recipe says of boards; undefined for what is no recipe, or can't be read. */
export async function boardsOfRecipe(uri: vscode.Uri): Promise<RecipeBoards | undefined> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    return size > largest ? undefined : boardsOf(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined; // gone meanwhile
    throw error;
  }
}

import path from 'node:path';
import * as vscode from 'vscode';
import { composedFile, recipeName } from '../../engine/recipe/composed-file.ts';
import type { LayersText } from '../../engine/recipe/layer-entries.ts';
import { runsFolder } from '../settings.ts';

const mostRecipes = 200;
const rememberedKey = 'steering.recipe';

/** Whether a document is a recipe, by its name. */
export const isRecipe = (uri: vscode.Uri): boolean => /\.compress\.(ya?ml|json)$/i.test(uri.path);

/** A recipe as it stands: in the editor where it is open there, with what is not saved. */
export interface OpenRecipe {
  readonly uri: vscode.Uri;
  readonly text: string;
  readonly layers: LayersText;
  readonly unsaved: boolean;
}

/** Reads a recipe; undefined where it is gone. */
export async function readRecipe(uri: vscode.Uri): Promise<OpenRecipe | undefined> {
  const { readLayers } = await import('../../engine/recipe/layer-entries.ts');
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  try {
    const text = open?.getText() ?? new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    return { uri, text, layers: readLayers(text), unsaved: open?.isDirty ?? false };
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined;
    throw error;
  }
}

/** The model that a recipe is for, absolute: of a chain the place of its models as one, whether they have been composed or not. Undefined where it names none. */
export function modelOf({ uri, layers: { model, chain, runs } }: OpenRecipe): vscode.Uri | undefined {
  const folder = path.dirname(uri.fsPath);
  if (model !== undefined) return vscode.Uri.file(path.resolve(folder, model));
  if (!chain) return undefined;
  const output = { folder: runs === undefined ? runsFolder(uri) : path.resolve(folder, runs) };
  return vscode.Uri.file(composedFile({ file: uri.fsPath, folder, name: recipeName(uri.fsPath), output }));
}

/** The recipes of this window, each read once until it changes. */
export class RecipeFiles {
  #files: Promise<vscode.Uri[]> | undefined;
  readonly #read = new Map<string, Promise<OpenRecipe | undefined>>();

  /** Recipes whose `model` is this file, those beside it first. */
  async of(model: vscode.Uri): Promise<OpenRecipe[]> {
    const files = await (this.#files ??= find());
    const recipes = await Promise.all(files.map((uri) => this.#one(uri)));
    const distance = ({ uri }: OpenRecipe): number => path.relative(path.dirname(model.fsPath), uri.fsPath).split(path.sep).length;
    return recipes
      .filter((recipe) => recipe !== undefined)
      .filter((recipe) => modelOf(recipe)?.fsPath === model.fsPath)
      .sort((a, b) => distance(a) - distance(b) || (a.uri.fsPath < b.uri.fsPath ? -1 : 1));
  }

  /** A recipe has another text. */
  changed(uri: vscode.Uri): void {
    this.#read.delete(uri.toString());
  }

  /** There are others. */
  forget(): void {
    this.#files = undefined;
    this.#read.clear();
  }

  #one(uri: vscode.Uri): Promise<OpenRecipe | undefined> {
    const key = uri.toString();
    const known = this.#read.get(key) ?? readRecipe(uri);
    this.#read.set(key, known);
    return known;
  }
}

/** Those of the workspace, and open ones from elsewhere. */
async function find(): Promise<vscode.Uri[]> {
  const files = await vscode.workspace.findFiles('**/*.compress.{yaml,yml,json}', '**/{node_modules,.git}/**', mostRecipes);
  const open = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'file' && isRecipe(uri)).map(({ uri }) => uri);
  return [...new Map([...files, ...open].map((uri) => [uri.toString(), uri])).values()];
}

/** Which recipe of several is used for a model: the one last used, kept with the workspace. */
export class RecipeChoice {
  constructor(private readonly memory: vscode.Memento) {}

  /** The remembered one, else the nearest. */
  of(model: vscode.Uri, recipes: readonly OpenRecipe[]): OpenRecipe | undefined {
    return this.remembered(model, recipes) ?? recipes[0];
  }

  remembered(model: vscode.Uri, recipes: readonly OpenRecipe[]): OpenRecipe | undefined {
    const known = this.memory.get<Record<string, string>>(rememberedKey, {})[model.toString()];
    return recipes.find(({ uri }) => uri.toString() === known);
  }

  async remember(model: vscode.Uri, recipe: vscode.Uri): Promise<void> {
    const known = this.memory.get<Record<string, string>>(rememberedKey, {});
    await this.memory.update(rememberedKey, { ...known, [model.toString()]: recipe.toString() });
  }
}

/** Lets a person choose one of several. */
export async function pickOne(recipes: readonly OpenRecipe[], current: OpenRecipe | undefined): Promise<OpenRecipe | undefined> {
  const items = recipes.map((recipe) => ({
    label: path.basename(recipe.uri.fsPath),
    description: vscode.workspace.asRelativePath(path.dirname(recipe.uri.fsPath)),
    detail: `${recipe.layers.steps.map(({ name }) => name).join(' → ') || 'no steps'}${recipe === current ? ' · shown now' : ''}`,
    recipe,
  }));
  const chosen = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder: 'Which recipe is for this model?' });
  return chosen?.recipe;
}

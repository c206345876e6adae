import path from 'node:path';
import * as vscode from 'vscode';
import { runsFolder } from '../settings.ts';
import type { ListedRecipe } from './recipe-rows.ts';

const pattern = '**/*.compress.{yaml,yml,json}';
const mostRecipes = 1000;

/** A check holds while the recipe's file and its model's are the same. */
interface Checked {
  readonly stamp: string;
  readonly recipe: ListedRecipe;
}

/** The recipes of this window's folders. They are listed at once and checked one after another, each again only when it has changed. */
export class RecipeList implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when a recipe came, went or changed, and when a check has found something. */
  readonly onDidChange = this.#changed.event;
  readonly #checked = new Map<string, Checked>();
  #watcher: vscode.Disposable | undefined;
  #checking = Promise.resolve();

  /** All recipes, with what is known of them now; checks of what has changed are begun. */
  async list(): Promise<ListedRecipe[]> {
    this.#watch();
    const files = (await vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', mostRecipes)).filter(
      ({ scheme }) => scheme === 'file',
    );
    this.#checking = this.#checking.then(() => this.#check(files));
    return files.map((uri) => this.#checked.get(uri.fsPath)?.recipe ?? { file: uri.fsPath, place: placeOf(uri) });
  }

  dispose(): void {
    this.#watcher?.dispose();
    this.#changed.dispose();
  }

  #watch(): void {
    if (this.#watcher) return;
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const changed = (): void => this.#changed.fire();
    watcher.onDidCreate(changed);
    watcher.onDidChange(changed);
    watcher.onDidDelete(changed);
    this.#watcher = watcher;
  }

  /** Never rejects: what can't be read is a problem of that recipe. */
  async #check(files: readonly vscode.Uri[]): Promise<void> {
    let found = false;
    for (const uri of files) {
      const before = this.#checked.get(uri.fsPath);
      const stamp = await stampOf(uri.fsPath, before?.recipe.model);
      if (before?.stamp === stamp) continue;
      const recipe = await checkedRecipe(uri);
      this.#checked.set(uri.fsPath, { stamp: await stampOf(uri.fsPath, recipe.model), recipe });
      found = true;
    }
    if (found) this.#changed.fire();
  }
}

const placeOf = (uri: vscode.Uri): string => vscode.workspace.asRelativePath(uri).replaceAll('\\', '/');

async function checkedRecipe(uri: vscode.Uri): Promise<ListedRecipe> {
  const file = uri.fsPath;
  try {
    const { prepareRecipe } = await import('../../engine/recipe/prepare.ts');
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    const { recipe, resolved, problems } = await prepareRecipe({ text, file }, { runs: runsFolder(uri), for: 'validate' });
    const model = recipe?.model === undefined ? undefined : path.resolve(path.dirname(file), recipe.model);
    const target = resolved?.target ?? recipe?.target;
    const inOrder = problems
      .filter(({ severity }) => severity !== 'info')
      .sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning') || a.line - b.line);
    return {
      file,
      place: placeOf(uri),
      problems: inOrder.map(({ severity, message, line }) => ({ severity: severity === 'error' ? severity : 'warning', message, line })),
      ...(target === undefined ? {} : { target }),
      ...(model === undefined ? {} : { model }),
    };
  } catch (error) {
    // Gone meanwhile, or a model that can't be read: said of this recipe, the others are listed.
    const message = error instanceof Error ? error.message : String(error);
    return { file, place: placeOf(uri), problems: [{ severity: 'error', message, line: 1 }] };
  }
}

/** Changes whenever the recipe or its model does. */
async function stampOf(file: string, model: string | undefined): Promise<string> {
  const { stat } = await import('node:fs/promises');
  const one = async (place: string): Promise<string> => {
    try {
      const { mtimeMs, size } = await stat(place);
      return `${mtimeMs} ${size}`;
    } catch {
      return 'none'; // not there or not readable: the check says which
    }
  };
  return [await one(file), model === undefined ? '' : await one(model)].join(' ');
}

import * as vscode from 'vscode';
import type { OpenView } from '../editor/view-part.ts';
import { isRecipe, RecipeChoice, RecipeFiles, type OpenRecipe } from './recipes.ts';

/** Texts change with every key: views follow once they have come to rest. */
const settleMs = 200;

/** A change of a recipe that a view made, to be taken back from there. */
export interface MadeChange {
  readonly recipe: vscode.Uri;
  /** "weights: 4 for 3 layers". */
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

/** Recipes for a model, and the one whose settings are shown and changed. */
export interface Recipes {
  readonly all: readonly OpenRecipe[];
  readonly used: OpenRecipe | undefined;
}

/** Joins views of models and their recipes: which views are open, what is selected in them, which recipe is in use. */
export class Steering implements vscode.Disposable {
  readonly choice: RecipeChoice;
  readonly #views = new Map<OpenView, number[]>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #selected = new vscode.EventEmitter<OpenView>();
  readonly #shown = new vscode.EventEmitter<OpenView>();
  readonly #files = new RecipeFiles();
  readonly #disposables: vscode.Disposable[] = [];
  #timer: NodeJS.Timeout | undefined;
  #made: MadeChange | undefined;
  #answer: ((apply: boolean) => void) | undefined;

  constructor(memory: vscode.Memento) {
    this.choice = new RecipeChoice(memory);
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.compress.{yaml,yml,json}');
    const touched = (uri: vscode.Uri): void => {
      if (!isRecipe(uri)) return;
      this.#files.changed(uri);
      this.refresh();
    };
    const others = (uri: vscode.Uri): void => {
      if (isRecipe(uri)) this.rescan();
    };
    this.#disposables.push(
      watcher,
      watcher.onDidChange(touched),
      watcher.onDidCreate(others),
      watcher.onDidDelete(others),
      vscode.workspace.onDidChangeTextDocument(({ document }) => touched(document.uri)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => touched(uri)),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => others(uri)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => others(uri)),
      this.#changed,
      this.#selected,
      this.#shown,
    );
  }

  /** Fires when a recipe, or which one is in use, may have changed. */
  readonly onDidChange = this.#changed.event;
  /** Fires when other layers are selected in a view. */
  readonly onDidSelect = this.#selected.event;

  /** Fires when a view has been given its model, from when on it listens. */
  readonly onDidShow = this.#shown.event;

  async recipes(model: vscode.Uri): Promise<Recipes> {
    const all = model.scheme === 'file' ? await this.#files.of(model) : [];
    return { all, used: this.choice.of(model, all) };
  }

  /** Looks for recipes anew. */
  rescan(): void {
    this.#files.forget();
    this.refresh();
  }

  /** Tells all views, soon and once for many reasons. */
  refresh(): void {
    clearTimeout(this.#timer);
    if (this.#views.size) this.#timer = setTimeout(() => this.#changed.fire(), settleMs);
  }

  add(view: OpenView): vscode.Disposable {
    this.#views.set(view, []);
    return new vscode.Disposable(() => {
      this.#views.delete(view);
      this.activeChanged();
    });
  }

  shown(view: OpenView): void {
    this.#shown.fire(view);
  }

  select(view: OpenView, layers: readonly number[]): void {
    if (!this.#views.has(view)) return;
    this.#views.set(view, [...layers]);
    this.activeChanged();
    this.#selected.fire(view);
  }

  /** Layers that are selected in a view, the last leading. */
  selection(view: OpenView): readonly number[] {
    return this.#views.get(view) ?? [];
  }

  /** The view that commands are for: the active one. */
  get active(): OpenView | undefined {
    return [...this.#views.keys()].find(({ panel }) => panel.active);
  }

  get views(): readonly OpenView[] {
    return [...this.#views.keys()];
  }

  viewsOf(model: vscode.Uri): OpenView[] {
    return [...this.#views.keys()].filter(({ document }) => document.uri.toString() === model.toString());
  }

  /** The change that can be taken back, as long as the text is as it left it. */
  get made(): MadeChange | undefined {
    return this.#made;
  }

  set made(change: MadeChange | undefined) {
    this.#made = change;
    this.refresh();
  }

  /** Resolves with the answer to a change that is shown; one that was shown before is refused by that. */
  question(): Promise<boolean> {
    this.answer(false);
    return new Promise((resolve) => (this.#answer = resolve));
  }

  answer(apply: boolean): void {
    this.#answer?.(apply);
    this.#answer = undefined;
  }

  /** What menus and commands of the window go by. */
  activeChanged(): void {
    const view = this.active;
    const count = view ? this.selection(view).length : 0;
    void vscode.commands.executeCommand('setContext', 'lathe.selectedLayers', count);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

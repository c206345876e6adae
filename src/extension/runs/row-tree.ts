import * as vscode from 'vscode';
import type { Row } from './row.ts';

/**
 * Rows as a tree of the side bar. `rows` is asked first when somebody looks, and at each refresh before anything is drawn: VS Code forgets its
 * rows while it waits for new ones, and a click in that moment would be for nothing.
 */
export class RowTree implements vscode.TreeDataProvider<Row> {
  readonly #changed = new vscode.EventEmitter<Row | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #rows: Promise<Row[]> | undefined;
  /** What is drawn, by id: VS Code knows rows by their object. */
  #drawn = new Map<string, Row>();
  #refreshing = false;
  #again = false;

  constructor(private readonly rows: () => Promise<Row[]>) {}

  /** Nothing happens before somebody has looked. One at a time: what comes meanwhile is one more. */
  async refresh(): Promise<void> {
    if (!this.#rows) return;
    this.#again = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      while (this.#again) {
        this.#again = false;
        const rows = await this.rows();
        this.#rows = Promise.resolve(rows);
        if (!this.#updateInPlace(rows)) this.#changed.fire(undefined);
      }
    } finally {
      this.#refreshing = false;
    }
  }

  /** Where the same rows are there in the same order, only what changed is drawn anew: hovers, menus and clicks of the others go on. */
  #updateInPlace(rows: readonly Row[]): boolean {
    const drawn = [...this.#drawn.keys()];
    if (drawn.length === 0 || drawn.length !== rows.length || rows.some(({ id }, i) => id !== drawn[i])) return false;
    const looks = (row: Row): string => JSON.stringify(row);
    for (const row of rows) {
      const shown = this.#drawn.get(row.id)!;
      const changed = looks(shown) !== looks(row);
      for (const key of Object.keys(shown)) if (!(key in row)) Reflect.deleteProperty(shown, key);
      Object.assign(shown, row);
      if (changed) this.#changed.fire(shown);
    }
    this.#rows = Promise.resolve([...this.#drawn.values()]);
    return true;
  }

  /** Draws only these rows anew; false where one of them is not drawn yet. */
  update(rows: readonly Row[]): boolean {
    if (!rows.every(({ id }) => this.#drawn.has(id))) return false;
    for (const row of rows) this.#changed.fire(Object.assign(this.#drawn.get(row.id)!, row));
    return true;
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row) return row.children?.() ?? [];
    const rows = await (this.#rows ??= this.rows());
    this.#drawn = new Map(rows.map((one) => [one.id, one]));
    return rows;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(row.label, row.children ? Collapsed : None);
    item.id = row.id;
    item.description = row.description;
    item.contextValue = row.context;
    item.iconPath = new vscode.ThemeIcon(row.icon.name, row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color));
    if (row.spoken !== undefined) item.accessibilityInformation = { label: row.spoken };
    if (row.open) {
      const target = row.open.command === 'vscode.open' && row.path !== undefined ? vscode.Uri.file(row.path) : row;
      item.command = { ...row.open, arguments: [target] };
    }
    return item;
  }

  /** Tooltips of thousands of rows are made one at a time. */
  resolveTreeItem(item: vscode.TreeItem, row: Row): vscode.TreeItem {
    if (row.tooltip) item.tooltip = new vscode.MarkdownString(row.tooltip(), true);
    return item;
  }
}

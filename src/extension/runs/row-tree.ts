import * as vscode from 'vscode';
import type { Row } from './row.ts';

/** Rows as a tree of the side bar. `rows` is asked when the tree is drawn anew. */
export class RowTree implements vscode.TreeDataProvider<Row> {
  readonly #changed = new vscode.EventEmitter<Row | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  /** What is drawn, by id: VS Code knows rows by their object. */
  #drawn = new Map<string, Row>();

  constructor(private readonly rows: () => Promise<Row[]>) {}

  refresh(): void {
    this.#changed.fire(undefined);
  }

  /** Draws only these rows anew; false where one of them is not drawn yet. */
  update(rows: readonly Row[]): boolean {
    if (!rows.every(({ id }) => this.#drawn.has(id))) return false;
    for (const row of rows) this.#changed.fire(Object.assign(this.#drawn.get(row.id)!, row));
    return true;
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row) return row.children?.() ?? [];
    const rows = await this.rows();
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

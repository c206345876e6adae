import * as vscode from 'vscode';
import { reporting } from '../../errors.ts';
import type { Host } from '../../host.ts';
import type { Row } from '../../runs/row.ts';
import { RowTree } from '../../runs/row-tree.ts';
import { boardActions } from './board-actions.ts';
import { boardRows } from './board-rows.ts';

/** The list *Boards* of the side bar. */
export function showBoards(host: Host): vscode.Disposable {
  const tree = new RowTree(async () => {
    const boards = (await reporting(host.output, 'List the boards', () => host.boards.list())) ?? [];
    await vscode.commands.executeCommand('setContext', 'lathe.hasBoards', boards.length > 0);
    return boardRows(boards, new Date());
  });
  const view = vscode.window.createTreeView<Row>('lathe.boards', { treeDataProvider: tree });
  return vscode.Disposable.from(view, host.boards.onDidChange(() => void tree.refresh()), ...boardActions(host)); // prettier-ignore
}

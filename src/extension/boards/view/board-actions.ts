import * as vscode from 'vscode';
import { reporting } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { requireTrust } from '../../jobs/runner.ts';
import type { Row } from '../../runs/row.ts';
import { placeOfRow, type BoardPlace } from './board-rows.ts';
import type { ListedBoard } from './listed-board.ts';

type Action = (host: Host, board: ListedBoard, place: BoardPlace) => Promise<void>;

/** What can be done with boards, by the commands that the manifest puts into menus of the list. */
const actions: Readonly<Record<string, [what: string, action: Action]>> = {
  'lathe.boards.ask': ['Ask the board', async ({ boards }, board) => boards.ask(board)],
  'lathe.boards.deploy': ['Deploy', (host, board, place) => deploy(host, board, place, false)],
  'lathe.boards.dryRun': ['Dry run', (host, board, place) => deploy(host, board, place, true)],
  'lathe.boards.runAgain': ['Run again', (host, board, place) => deploy(host, board, place, false)],
  'lathe.boards.removeModel': ['Remove from the board', removeModel],
  'lathe.boards.copySsh': ['Copy ssh command', async (_, board) => (await import('./connect.ts')).copySsh(board)],
  'lathe.boards.connect': ['Connect', async (_, board) => (await import('./connect.ts')).connect(board)],
  'lathe.boards.forget': ['Remove from the list', async (_, board) => (await import('./add-board.ts')).forgetBoard(board)],
};

/** Registers them. Called without a row they ask which board. */
export function boardActions(host: Host): vscode.Disposable[] {
  const register = (id: string, what: string, work: (row?: Row) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(id, (row?: Row) => reporting(host.output, what, () => work(row)));
  return [
    ...Object.entries(actions).map(([id, [what, action]]) =>
      register(id, what, async (row) => {
        const place = row && placeOfRow(row);
        const board = place ? await host.boards.find(place.board) : await pickBoard(host);
        if (board) await action(host, board, place ?? { board: board.id });
      }),
    ),
    register('lathe.boards.refresh', 'Ask the boards', async () => {
      requireTrust();
      const reachable = (await host.boards.list()).filter(({ entry }) => entry.host !== undefined);
      await Promise.all(reachable.map((board) => host.boards.ask(board)));
    }),
    register('lathe.boards.add', 'Add a board', async () => (await import('./add-board.ts')).addBoard(host)),
  ];
}

async function pickBoard({ boards }: Host): Promise<ListedBoard | undefined> {
  const all = await boards.list();
  const items = all.map((board) => ({ label: board.entry.host ?? board.target, description: board.target, board }));
  if (items.length === 0)
    return void vscode.window.showInformationMessage('There is no board yet: write "deploy:" into a recipe, or add one.');
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which board?' }))?.board;
}

/** By the recipe of the row, else by the only one that deploys to the board, else by the one that is chosen. */
async function deploy(host: Host, { recipes }: ListedBoard, { recipe }: BoardPlace, dryRun: boolean): Promise<void> {
  const able = recipes.filter(({ file }) => recipe === undefined || file === recipe);
  const items = able.map((one) => ({ label: one.place, one }));
  const chosen =
    items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { placeHolder: 'Deploy the result of which recipe?' });
  if (!chosen) return;
  const { startTask } = await import('../start.ts');
  await startTask(host, vscode.Uri.file(chosen.one.file), { task: 'deploy', entry: chosen.one.index, ...(dryRun ? { dryRun } : {}) });
}

async function removeModel({ boards }: Host, board: ListedBoard, { model }: BoardPlace): Promise<void> {
  if (model === undefined) return;
  const remove = 'Remove';
  const question = `Remove ${model} from ${board.entry.host ?? board.target}?`;
  const detail = 'Its file on the board is deleted; runs and models on this computer stay.';
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) === remove) await boards.remove(board, model);
}

import * as vscode from 'vscode';
import { quoteCommand } from '../../../engine/transport/quote.ts';
import { sshCommand, type ListedBoard } from './listed-board.ts';

/** Opens a terminal on the board, by the user's own ssh: it asks for passwords and unknown hosts itself. */
export async function connect({ entry }: ListedBoard): Promise<void> {
  const [shellPath, ...shellArgs] = sshCommand(entry);
  if (shellPath === undefined) return void vscode.window.showInformationMessage('This entry of "deploy:" has no host yet.');
  vscode.window.createTerminal({ name: entry.host!, shellPath, shellArgs }).show();
}

export async function copySsh({ entry }: ListedBoard): Promise<void> {
  const command = sshCommand(entry);
  if (command.length === 0) return void vscode.window.showInformationMessage('This entry of "deploy:" has no host yet.');
  await vscode.env.clipboard.writeText(quoteCommand(command));
  vscode.window.setStatusBarMessage('$(clippy) ssh command copied', 3000);
}

import * as vscode from 'vscode';
import { requireTrust } from '../../jobs/runner.ts';
import type { Host } from '../../host.ts';
import type { ListedBoard } from './listed-board.ts';

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._:%-]*$/;

/** Asks for target and address, keeps both in the setting `lathe.boards`, and asks the board what it is. */
export async function addBoard({ boards }: Host): Promise<void> {
  requireTrust();
  const { deployTargets, targetChoices } = await import('../abilities.ts');
  const items = targetChoices()
    .filter(({ name }) => deployTargets.has(name))
    .map(({ name, title, summary }) => ({ label: title, description: name, detail: summary, name }));
  const target = await vscode.window.showQuickPick(items, { title: 'Add a board (1/2)', placeHolder: 'What is it?', ignoreFocusOut: true });
  if (!target) return;
  const address = await vscode.window.showInputBox({
    title: 'Add a board (2/2)',
    prompt: 'Where is it? A name of your ssh configuration, a host, or user@host:port',
    placeHolder: 'root@zcu104.local',
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' || parseAddress(text) ? undefined : 'This is no name of a host: user@host:port'),
  });
  const place = address && parseAddress(address);
  if (!place) return;
  const added = { target: target.name, ...place };
  const settings = vscode.workspace.getConfiguration('lathe');
  await settings.update(
    'boards',
    [...(settings.inspect<unknown[]>('boards')?.globalValue ?? []), added],
    vscode.ConfigurationTarget.Global,
  );
  const board = (await boards.list()).find(
    ({ entry }) => entry.host === place.host && entry.port === place.port && entry.user === place.user,
  );
  if (board) await boards.ask(board);
}

/** "root@zcu104.local:22". An address with several colons is IPv6, and has no port. */
export function parseAddress(text: string): { host: string; user?: string; port?: number } | undefined {
  const [, user, host = '', port] = /^(?:([^@]*)@)?(.*?)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const whole = host.includes(':') && port !== undefined ? `${host}:${port}` : host;
  const number = whole === host && port !== undefined ? Number(port) : undefined;
  if (
    !namePattern.test(whole) ||
    (user !== undefined && !namePattern.test(user)) ||
    (number !== undefined && (number < 1 || number > 65535))
  )
    return undefined;
  return { host: whole, ...(user === undefined ? {} : { user }), ...(number === undefined ? {} : { port: number }) };
}

/** Takes a board from the setting, wherever it stands there; recipes that name it keep it in the list. */
export async function forgetBoard({ target, entry }: ListedBoard): Promise<void> {
  const settings = vscode.workspace.getConfiguration('lathe');
  const { globalValue, workspaceValue } = settings.inspect<Record<string, unknown>[]>('boards') ?? {};
  const isIt = (one: Record<string, unknown>): boolean =>
    one['target'] === target && one['host'] === entry.host && one['port'] === entry.port && one['user'] === entry.user;
  const places = [[globalValue, vscode.ConfigurationTarget.Global], [workspaceValue, vscode.ConfigurationTarget.Workspace]] as const; // prettier-ignore
  for (const [value, where] of places) {
    const left = value?.filter((one) => !isIt(one));
    if (left && left.length !== value!.length) await settings.update('boards', left.length ? left : undefined, where);
  }
}

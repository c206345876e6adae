import * as vscode from 'vscode';
import type { Host } from '../host.ts';

/** Of texts that are only proposed. The menus of package.json go by it. */
const scheme = 'lathe-change';

/**
 * Shows what a text document would become as a diff and asks; applies nothing. `lathe.applyChange` and `lathe.cancelChange` (buttons above
 * the diff) and a notification answer; closing the diff, or another change, is a no.
 */
export async function confirmByDiff({ steering }: Host, document: vscode.Uri, proposed: string, title: string): Promise<boolean> {
  const uri = document.with({ scheme, query: String(Date.now()) });
  const contents = (asked: vscode.Uri): string | undefined => (asked.query === uri.query ? proposed : undefined);
  const provider = vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: contents });
  try {
    const answered = steering.question();
    await vscode.commands.executeCommand('vscode.diff', document, uri, title);
    let closing: vscode.Disposable | undefined;
    const closed = new Promise<boolean>((resolve) => {
      closing = vscode.window.tabGroups.onDidChangeTabs((change) => change.closed.some((tab) => shows(tab, uri)) && resolve(false));
    });
    const [apply, cancel] = ['Apply', 'Cancel'];
    const pressed = vscode.window.showInformationMessage(`${title}? The recipe has unsaved changes of yours.`, apply, cancel);
    // A notification that is put away answers nothing: the buttons above the diff are still there.
    const said = new Promise<boolean>((resolve) => void pressed.then((one) => one !== undefined && resolve(one === apply)));
    return await Promise.race([answered, said, closed]).finally(() => closing?.dispose());
  } finally {
    provider.dispose();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => shows(tab, uri));
    await vscode.window.tabGroups.close(tabs);
  }
}

const shows = ({ input }: vscode.Tab, uri: vscode.Uri): boolean =>
  input instanceof vscode.TabInputTextDiff && input.modified.toString() === uri.toString();

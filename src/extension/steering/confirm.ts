import * as vscode from 'vscode';

/** Of texts that are only proposed. The menus of package.json go by it. */
const scheme = 'lathe-change';

/**
 * Shows what a text document would become as a diff and asks; applies nothing. `lathe.applyChange` and `lathe.cancelChange` (buttons above
 * the diff) and a notification answer; closing the diff is a no.
 */
export async function confirmByDiff(document: vscode.Uri, proposed: string, title: string): Promise<boolean> {
  const uri = document.with({ scheme, query: String(Date.now()) });
  const disposables: vscode.Disposable[] = [
    vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: () => proposed }),
  ];
  try {
    const answer = new Promise<boolean>((resolve) => {
      disposables.push(
        vscode.commands.registerCommand('lathe.applyChange', () => resolve(true)),
        vscode.commands.registerCommand('lathe.cancelChange', () => resolve(false)),
        vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
          if (closed.some((tab) => shows(tab, uri))) resolve(false);
        }),
      );
    });
    await vscode.commands.executeCommand('vscode.diff', document, uri, title);
    const [apply, cancel] = ['Apply', 'Cancel'];
    const question = vscode.window.showInformationMessage(`${title}? The recipe has unsaved changes of yours.`, apply, cancel);
    // A notification that is put away answers nothing: the buttons above the diff are still there.
    const pressed = new Promise<boolean>((resolve) => void question.then((one) => one !== undefined && resolve(one === apply)));
    return await Promise.race([answer, pressed]);
  } finally {
    for (const disposable of disposables) disposable.dispose();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => shows(tab, uri));
    await vscode.window.tabGroups.close(tabs);
  }
}

const shows = ({ input }: vscode.Tab, uri: vscode.Uri): boolean =>
  input instanceof vscode.TabInputTextDiff && input.modified.toString() === uri.toString();

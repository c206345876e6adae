import * as vscode from 'vscode';

/** Saving a file is often several writes: it is read again once they have come to rest. */
const settleMs = 300;

/** Calls `changed` when the file was written or made anew. */
export function watchFile(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.joinPath(uri, '..');
  // A file name may hold glob characters: watch the folder's files and compare.
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'));
  let timer: NodeJS.Timeout | undefined;
  const onEvent = (at: vscode.Uri): void => {
    if (at.toString() !== uri.toString()) return;
    clearTimeout(timer);
    timer = setTimeout(changed, settleMs);
  };
  watcher.onDidChange(onEvent);
  watcher.onDidCreate(onEvent);
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    watcher.dispose();
  });
}

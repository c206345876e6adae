import * as vscode from 'vscode';
import { watchFile } from '../editor/watch-file.ts';
import { runsFolder } from '../settings.ts';

/** Files of figures that come and go: those beside the model, and those of its runs. */
const comings = ['*.overlay.json', '*/overlay.json'] as const;
/** Several changes in one go are one. */
const settleMs = 200;

/** Says when there may be other figures for a model: a file was read and has changed, or one has come. */
export class OverlayWatch implements vscode.Disposable {
  readonly #folders: vscode.Disposable[];
  readonly #files = new Map<string, vscode.Disposable>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    model: vscode.Uri,
    private readonly changed: () => void,
  ) {
    const places = [vscode.Uri.joinPath(model, '..'), vscode.Uri.file(runsFolder(model))];
    this.#folders = places.map((folder, i) => {
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, comings[i]!), false, true, false);
      watcher.onDidCreate(() => this.#soon());
      watcher.onDidDelete(() => this.#soon());
      return watcher;
    });
  }

  /** The files that were read last. */
  set(files: readonly vscode.Uri[]): void {
    const wanted = new Map(files.map((file) => [file.toString(), file]));
    for (const [address, watcher] of this.#files) {
      if (wanted.has(address)) continue;
      watcher.dispose();
      this.#files.delete(address);
    }
    for (const [address, file] of wanted)
      if (!this.#files.has(address))
        this.#files.set(
          address,
          watchFile(file, () => this.#soon()),
        );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of [...this.#folders, ...this.#files.values()]) watcher.dispose();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.changed, settleMs);
  }
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunCatalog } from '../../engine/pipeline/index.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import { runsFolder } from '../settings.ts';

/** A finished run writes several files: they are looked at once they have come to rest. */
const settleMs = 250;

/** The runs of this window's folders, whoever made them: this window, another one, the command line. */
export class RunStore implements vscode.Disposable {
  #catalog: Promise<RunCatalog> | undefined;
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when run folders came, went or changed; the list is read when it is asked for. */
  readonly onDidChange = this.#changed.event;
  #watchers: vscode.Disposable[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #subscriptions = [
    vscode.workspace.onDidChangeWorkspaceFolders(() => this.#watch()),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('lathe.runsFolder') && this.#watch()),
  ];
  #watched = false;

  /** All runs of this window's folders, newest first. Throws LatheError when a folder of runs can't be read. */
  async list(): Promise<RunSummary[]> {
    const runs = await Promise.all(folders().map((folder) => this.listIn(folder)));
    return runs.flat().sort((a, b) => (b.started ?? '').localeCompare(a.started ?? ''));
  }

  /** Runs in one folder, absolute, inside this window's folders or not, likewise. */
  async listIn(folder: string): Promise<RunSummary[]> {
    // Where nothing was run yet, as at most starts of the window, the pipeline is not loaded for it.
    return existsSync(folder) ? (await this.#runs()).list(folder) : [];
  }

  /** One run. Throws `run.missing`. */
  async read(folder: string): Promise<RunSummary> {
    return (await this.#runs()).read(folder);
  }

  /** Whether a process works on a run now. */
  async isHeld(folder: string): Promise<boolean> {
    const { activeLock } = await import('../../engine/pipeline/index.ts');
    return (await activeLock(folder)) !== undefined;
  }

  /** Begins to watch; before that `onDidChange` is silent. */
  watch(): void {
    if (!this.#watched) this.#watch();
    this.#watched = true;
  }

  /** Says that the runs may have changed. */
  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed.fire(), settleMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of [...this.#watchers, ...this.#subscriptions, this.#changed]) disposable.dispose();
  }

  #runs(): Promise<RunCatalog> {
    return (this.#catalog ??= import('../../engine/pipeline/index.ts').then((pipeline) => new pipeline.RunCatalog()));
  }

  #watch(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = folders().flatMap((folder) => {
      // From above: the folder of runs itself comes with the first run.
      const above = vscode.Uri.file(path.dirname(folder));
      const name = path.basename(folder).replace(/[[\]{}*?!]/g, '[$&]');
      const patterns = [`${name}/*/{run.json,lock,deploy/*.json}`, `{${name},${name}/*}`];
      return patterns.map((pattern) => {
        const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(above, pattern));
        watcher.onDidCreate(() => this.changed());
        watcher.onDidChange(() => this.changed());
        watcher.onDidDelete(() => this.changed());
        return watcher;
      });
    });
    this.changed();
  }
}

/** Absolute folders of runs of this window, each once. */
function folders(): string[] {
  const local = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return [...new Set(local.map(({ uri }) => runsFolder(uri)))];
}

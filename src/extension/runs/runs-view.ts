import * as vscode from 'vscode';
import type { RunSummary } from '../../protocol/runs.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Row } from './row.ts';
import { RowTree } from './row-tree.ts';
import { runActions } from './run-actions.ts';
import { jobRows, runRows } from './run-rows.ts';

/** Progress comes several times a second; a list that moves less often can be read. */
const progressMs = 500;
/** Runs that are drawn at first, and more each time they are asked for: VS Code takes seconds to draw thousands. */
const atOnce = 300;
/** How often a run of another process is looked at while the list is open: the end of a killed one changes no file. */
const elsewhereMs = 5000;

/** The list *Runs* of the side bar, with the number of running jobs as its badge. */
export class RunsView implements vscode.Disposable {
  readonly #tree = new RowTree(() => this.#rows());
  readonly #view = vscode.window.createTreeView<Row>('lathe.runs', {
    treeDataProvider: this.#tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  #runs: readonly RunSummary[] = [];
  #stale = true;
  #most = atOnce;
  /** Jobs that the list was drawn with. */
  #jobs = 0;
  #progress: NodeJS.Timeout | undefined;
  readonly #elsewhere = setInterval(() => this.#lookElsewhere(), elsewhereMs);
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly host: Host) {
    const { jobs, runs } = host;
    this.#subscriptions = [
      runs.onDidChange(() => this.#reread()),
      jobs.onDidChange(() => this.#onProgress()),
      jobs.onDidEnd(() => runs.changed()),
      vscode.commands.registerCommand('lathe.runs.refresh', () => runs.changed()),
      vscode.commands.registerCommand('lathe.runs.showMore', () => {
        this.#most += atOnce;
        return this.#tree.refresh();
      }),
      ...runActions(host, () => this.#view.selection),
    ];
  }

  dispose(): void {
    clearTimeout(this.#progress);
    clearInterval(this.#elsewhere);
    for (const disposable of [this.#view, ...this.#subscriptions]) disposable.dispose();
  }

  async #rows(): Promise<Row[]> {
    const { runs, jobs, output } = this.host;
    runs.watch();
    if (this.#stale) {
      this.#stale = false;
      this.#runs = (await reporting(output, 'List the runs', () => runs.list())) ?? [];
    }
    await vscode.commands.executeCommand('setContext', 'lathe.hasRuns', this.#runs.length > 0);
    this.#jobs = jobs.jobs.length;
    return runRows(this.#runs, jobs.jobs, new Date(), this.#most);
  }

  #reread(): void {
    this.#stale = true;
    void this.#tree.refresh();
  }

  #onProgress(): void {
    const count = this.host.jobs.jobs.length;
    this.#view.badge = count ? { value: count, tooltip: `${count} job${count === 1 ? '' : 's'} of Lathe` } : undefined;
    this.#progress ??= setTimeout(() => {
      this.#progress = undefined;
      const rows = jobRows(this.host.jobs.jobs, this.#runs);
      if (rows.length !== this.#jobs || !this.#tree.update(rows)) void this.#tree.refresh();
    }, progressMs);
  }

  #lookElsewhere(): void {
    const own = new Set(this.host.jobs.jobs.map(({ folder }) => folder));
    if (this.#view.visible && this.#runs.some(({ status, folder }) => status === 'running' && !own.has(folder))) this.#reread();
  }
}

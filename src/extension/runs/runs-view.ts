import * as vscode from 'vscode';
import type { RunSummary } from '../../protocol/runs.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Row } from './row.ts';
import { RowTree } from './row-tree.ts';
import { runActions } from './run-actions.ts';
import { jobRow, runRows } from './run-rows.ts';

/** Progress comes several times a second; a list that moves less often can be read. */
const progressMs = 500;
/** How often a run of another process is looked at while the list is open: the end of a killed one changes no file. */
const elsewhereMs = 5000;

/** The list *Runs* of the side bar, with the number of running jobs as its badge. */
export function showRuns(host: Host): vscode.Disposable {
  const { jobs, runs: store } = host;
  let runs: readonly RunSummary[] = [];
  let stale = true;
  let timer: NodeJS.Timeout | undefined;
  const tree = new RowTree(async () => {
    store.watch();
    if (stale) {
      stale = false;
      runs = (await reporting(host.output, 'List the runs', () => store.list())) ?? [];
    }
    await vscode.commands.executeCommand('setContext', 'lathe.hasRuns', runs.length > 0);
    return runRows(runs, jobs.jobs, new Date());
  });
  const view = vscode.window.createTreeView<Row>('lathe.runs', { treeDataProvider: tree, canSelectMany: true, showCollapseAll: true });
  const reread = (): void => {
    stale = true;
    tree.refresh();
  };
  let shown = 0;
  const progress = (): void => {
    const count = jobs.jobs.length;
    view.badge = count ? { value: count, tooltip: `${count} job${count === 1 ? '' : 's'} of Lathe` } : undefined;
    timer ??= setTimeout(() => {
      timer = undefined;
      const rows = jobs.jobs.map((job) =>
        jobRow(
          job,
          runs.find(({ folder }) => folder === job.folder),
        ),
      );
      if (rows.length !== shown || !tree.update(rows)) tree.refresh();
      shown = rows.length;
    }, progressMs);
  };
  const elsewhere = setInterval(() => {
    const own = new Set(jobs.jobs.map(({ folder }) => folder));
    if (view.visible && runs.some(({ status, folder }) => status === 'running' && !own.has(folder))) reread();
  }, elsewhereMs);
  return vscode.Disposable.from(
    view,
    store.onDidChange(reread),
    jobs.onDidChange(progress),
    jobs.onDidEnd(() => store.changed()),
    ...runActions(host, () => view.selection),
    vscode.commands.registerCommand('lathe.runs.refresh', reread),
    new vscode.Disposable(() => {
      clearTimeout(timer);
      clearInterval(elsewhere);
    }),
  );
}

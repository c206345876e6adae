import * as vscode from 'vscode';
import type { Job } from '../../protocol/job.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { TrainingPanel, trainingViewType, type ShownRun } from './training-panel.ts';
import { trainingSteps } from './training-view.ts';

/** Tabs with learning curves and rounds of pruning: one for a run, opened by itself when a run that trains or prunes begins. */
export class TrainingPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #panels = new Set<TrainingPanel>();
  readonly #subscriptions: vscode.Disposable[];
  #host: Host | undefined;

  constructor() {
    this.#subscriptions = [vscode.window.registerWebviewPanelSerializer(trainingViewType, this)];
  }

  /** To be called once, when the host is whole. */
  follow(host: Host): void {
    this.#host = host;
    this.#subscriptions.push(
      host.jobs.onDidBegin(({ job, asked }) => void reporting(host.output, 'Show the training', () => this.#begun(job, asked))),
      host.jobs.onDidLearn(({ job, partial }) => {
        // A job that did not say beforehand that it trains or prunes.
        if ((partial.training ?? partial.pruning) && !this.#find({ job })) this.#show(host, { job, folder: job.folder });
      }),
    );
  }

  /** Shows the learning curves of a run. */
  open(folder: string): void {
    const host = this.#host;
    if (!host) return;
    const job = host.jobs.jobs.find((one) => one.folder === folder);
    const found = this.#find({ folder });
    if (found) found.panel.reveal();
    else this.#show(host, { folder, ...(job ? { job } : {}) }, false);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const folder = (state as { folder?: unknown } | null | undefined)?.folder;
    // A job that had no folder yet ended with its window: there is nothing to come back to.
    if (!this.#host || typeof folder !== 'string' || folder === '') panel.dispose();
    else this.#keep(new TrainingPanel(this.#host, panel, { folder }));
    return Promise.resolve();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #begun(job: RunningJob, asked: Job): Promise<void> {
    const host = this.#host!;
    const { readCurves, readRounds, stageName } = await import('../../engine/pipeline/index.ts');
    const continued = asked.kind === 'run' && 'run' in asked.recipe ? asked.recipe.run : undefined;
    if (continued !== undefined) {
      const found = this.#find({ folder: continued });
      if (found) found.follow({ job });
      else if ((await readCurves(continued)).length > 0 || (await readRounds(continued)).length > 0)
        this.#show(host, { job, folder: continued });
      return;
    }
    const planned = trainingSteps(asked, stageName);
    if (planned?.length) this.#show(host, { job, planned });
  }

  #find(shown: ShownRun): TrainingPanel | undefined {
    return [...this.#panels].find((one) => one.shows(shown));
  }

  /** Beside what is being worked on, which keeps the focus; by itself where a person asked for it. */
  #show(host: Host, shown: ShownRun, beside = true): void {
    const occupied = vscode.window.tabGroups.activeTabGroup.activeTab !== undefined;
    const viewColumn = beside && occupied ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const panel = vscode.window.createWebviewPanel(trainingViewType, 'Training', { viewColumn, preserveFocus: beside });
    this.#keep(new TrainingPanel(host, panel, shown));
  }

  #keep(panel: TrainingPanel): void {
    this.#panels.add(panel);
    panel.panel.onDidDispose(() => this.#panels.delete(panel));
  }
}

import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { PartialResult } from '../../protocol/job.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import type { PruningHistory } from '../../protocol/rounds-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { trainingMessages, type TrainingAction } from '../../protocol/training-messages.ts';
import { Channel } from '../../protocol/transport.ts';
import { webviewOptions, webviewPage } from '../editor/webview-page.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { shownTrainings, statusOf } from './training-view.ts';

export const trainingViewType = 'lathe.training';

/** A bar need not move more often. */
const statusEveryMs = 250;
/** How often the curve of a run of another process is read while it can be seen. */
const elsewhereMs = 2000;

/** What the panel shows: a run in its folder, or a job of this window that has none yet. */
export interface ShownRun {
  readonly folder?: string;
  readonly job?: RunningJob;
  /** Titles of the steps that train or prune, where they are known beforehand. */
  readonly planned?: readonly string[];
}

/** One tab with the learning curves and rounds of a run, live while it runs in this window. */
export class TrainingPanel {
  #job: RunningJob | undefined;
  #folder: string | undefined;
  #planned: readonly string[];
  #curves: readonly TrainingCurve[] = [];
  #prunings: readonly PruningHistory[] = [];
  #run: RunSummary | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #channel: Channel;

  constructor(
    private readonly host: Host,
    readonly panel: vscode.WebviewPanel,
    shown: ShownRun,
  ) {
    const { webview } = panel;
    const { extensionUri } = host.context;
    [this.#job, this.#folder, this.#planned] = [shown.job, shown.folder ?? shown.job?.folder, shown.planned ?? []];
    this.#channel = new Channel(
      (message) => void webview.postMessage(message),
      (why) => host.output.warn(why),
    );
    this.#listen();
    host.runs.watch();
    const elsewhere = setInterval(() => this.#lookElsewhere(), elsewhereMs);
    const disposables = [
      webview.onDidReceiveMessage((message) => this.#channel.receive(message)),
      host.jobs.onDidChange(() => this.#onProgress()),
      host.jobs.onDidLearn(({ job, partial }) => job === this.#job && this.#learn(partial)),
      host.jobs.onDidEnd(({ job }) => job === this.#job && this.#ended()),
      host.runs.onDidChange(() => void (this.#job ? undefined : this.#read())),
      { dispose: () => clearInterval(elsewhere) },
      { dispose: () => clearTimeout(this.#timer) },
    ];
    panel.onDidDispose(() => {
      for (const disposable of disposables) disposable.dispose();
      this.#channel.close();
    });
    panel.title = this.#title();
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewPage(webview, extensionUri, 'training-view', 'lathe-training', 'Learning curves');
  }

  shows({ folder, job }: ShownRun): boolean {
    return (job !== undefined && job === this.#job) || (folder !== undefined && folder === this.#folder);
  }

  /** A job goes on with the run. */
  follow({ job, planned }: ShownRun): void {
    if (!job) return;
    this.#job = job;
    if (planned) this.#planned = planned;
    this.#tell();
  }

  #name(): string {
    const model = this.#job?.model ?? this.#run?.model;
    if (model !== undefined) return path.basename(model);
    return this.#run?.name ?? path.basename(this.#folder ?? '');
  }

  /** Of a run that only prunes so far: by that. */
  #title(): string {
    return `${this.#prunings.length > 0 && this.#curves.length === 0 ? 'Pruning' : 'Training'} ${this.#name()}`.trim();
  }

  #listen(): void {
    const channel = this.#channel;
    channel.onNotice(trainingMessages.ready, () => void this.#shown());
    channel.onNotice(trainingMessages.act, ({ action }) => void reporting(this.host.output, 'Training', () => this.#act(action)));
    channel.onQuestion(trainingMessages.picture, async ({ training, width }) => {
      const curve = this.#curves[training];
      if (!curve) throw new Error('there is no such training');
      const { layoutCurve } = await import('../../engine/pipeline/index.ts');
      return layoutCurve(curve, width);
    });
    channel.onQuestion(trainingMessages.roundsPicture, async ({ pruning, width }) => {
      const history = this.#prunings[pruning];
      if (!history) throw new Error('there is no such pruning');
      const { layoutRounds } = await import('../../engine/pipeline/index.ts');
      return layoutRounds(history, width);
    });
  }

  /** The page is there, or there again after it was hidden. */
  async #shown(): Promise<void> {
    if (this.#folder !== undefined) this.#channel.tell(trainingMessages.run, { folder: this.#folder });
    if (this.#job) await this.#take(this.#curves, this.#prunings);
    if (!this.#job || (this.#curves.length === 0 && this.#prunings.length === 0)) await this.#read();
  }

  /** What stands in the run folder. */
  async #read(): Promise<void> {
    await reporting(this.host.output, 'Read the training', async () => {
      const folder = this.#folder;
      if (folder !== undefined) {
        const { readCurves, readRounds } = await import('../../engine/pipeline/index.ts');
        const [curves, prunings, run] = await Promise.all([readCurves(folder), readRounds(folder), this.#summary(folder)]);
        this.#run = run;
        if (curves.length >= this.#curves.length) this.#curves = curves;
        if (prunings.length >= this.#prunings.length) this.#prunings = prunings;
      }
      await this.#take(this.#curves, this.#prunings);
    });
  }

  async #summary(folder: string): Promise<RunSummary | undefined> {
    try {
      return await this.host.runs.read(folder);
    } catch (error) {
      if (error instanceof LatheError && error.code === 'run.missing') return undefined;
      throw error;
    }
  }

  #learn({ training, pruning }: PartialResult): void {
    if (training || pruning) void this.#take(training ?? this.#curves, pruning ?? this.#prunings);
  }

  async #take(curves: readonly TrainingCurve[], prunings: readonly PruningHistory[]): Promise<void> {
    const { curveRows, shownPruning } = await import('../../engine/pipeline/index.ts');
    [this.#curves, this.#prunings] = [curves, prunings];
    const running = this.#job !== undefined || this.#run?.status === 'running';
    const begun = [...curves, ...prunings].map(({ step }) => step);
    this.#channel.tell(trainingMessages.rounds, { prunings: prunings.map(shownPruning) });
    this.#channel.tell(trainingMessages.curves, {
      trainings: shownTrainings(curves, running, curveRows),
      waiting: running ? this.#planned.filter((title) => !begun.includes(title)) : [],
    });
    this.#tell();
  }

  #tell(): void {
    const title = this.#title();
    this.panel.title = title;
    this.#channel.tell(trainingMessages.status, statusOf(this.#job, this.#run, title));
  }

  #onProgress(): void {
    const job = this.#job;
    if (!job) return;
    if (this.#folder === undefined && job.folder !== undefined) {
      this.#folder = job.folder;
      this.#channel.tell(trainingMessages.run, { folder: job.folder });
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, statusEveryMs);
  }

  /** The record of the run says how it ended. */
  #ended(): void {
    this.#job = undefined;
    void this.#read();
  }

  #lookElsewhere(): void {
    if (!this.#job && this.#run?.status === 'running' && this.panel.visible) void this.#read();
  }

  async #act(action: TrainingAction): Promise<void> {
    if (action === 'cancel') {
      this.#job?.cancel();
      return this.#tell();
    }
    if (action === 'output') return this.host.output.show();
    const folder = this.#folder;
    if (folder === undefined) return;
    if (action === 'report') {
      const { openReport } = await import('../runs/report.ts');
      return openReport(vscode.Uri.file(path.join(folder, 'report.html')));
    }
    const run = await this.host.runs.read(folder);
    if (action === 'models') return (await import('../runs/run-actions.ts')).openModels(this.host, run);
    await (await import('../runs/resume.ts')).resumeRun(this.host, run);
  }
}

import * as vscode from 'vscode';
import { Cancelled, LatheError } from '../../engine/base/errors.ts';
import type { Job, JobProgress, JobResult, LogLine, PartialResult } from '../../protocol/job.ts';
import { JobQueue } from '../../worker/queue.ts';
import { nodePath, threads } from '../settings.ts';
import { JobEntry, type JobEnd, type RunningJob } from './running-job.ts';

/** Who else follows a job and may end it: a terminal. */
export interface JobWatch {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly onLog?: (line: LogLine) => void;
  readonly onPartial?: (partial: PartialResult) => void;
}

/** Runs jobs in processes of their own, one after another, each with a notification to watch and cancel, and one status bar item. */
export class JobRunner implements vscode.Disposable {
  readonly #queue = new JobQueue();
  readonly #entries = new Set<JobEntry>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #ended = new vscode.EventEmitter<JobEnd>();
  readonly #began = new vscode.EventEmitter<{ job: RunningJob; asked: Job }>();
  readonly #partial = new vscode.EventEmitter<{ job: RunningJob; partial: PartialResult }>();
  #next = 1;
  readonly #status = vscode.window.createStatusBarItem('lathe.jobs', vscode.StatusBarAlignment.Left, 0);

  constructor(
    private readonly workerPath: string,
    private readonly output: vscode.LogOutputChannel,
  ) {
    this.#status.name = 'Lathe jobs';
    this.#status.command = 'lathe.showJobs';
  }

  /** Jobs that run or wait, in the order they were asked for. */
  get jobs(): readonly RunningJob[] {
    return [...this.#entries];
  }

  /** Fires when a job was added, has made progress or has ended; several times a second while one runs. */
  readonly onDidChange = this.#changed.event;
  /** Fires when a job's turn has come. */
  readonly onDidBegin = this.#began.event;
  /** Fires when a job says what it knows before it has ended. */
  readonly onDidLearn = this.#partial.event;
  /** Fires once for each job, after it has left `jobs`. */
  readonly onDidEnd = this.#ended.event;

  /**
   * Resolves with the job's document. Throws LatheError: the job's own, `Cancelled`, or `workspace.untrusted`.
   * `title` is for people: "Compress resnet20.onnx"; `model` is the absolute path of the model it works on.
   */
  async run<J extends Job>(title: string, job: J, model?: string, watch: JobWatch = {}): Promise<JobResult<J>> {
    requireTrust();
    if (watch.signal?.aborted) throw new Cancelled();
    const entry = new JobEntry(this.#next++, title, job.kind, model);
    const cancel = (): void => entry.cancel();
    watch.signal?.addEventListener('abort', cancel, { once: true });
    this.#entries.add(entry);
    this.#refresh();
    try {
      const result = await this.#withNotification(entry, job, watch);
      this.#end(entry, { job: entry, result });
      return result;
    } catch (error) {
      this.#end(entry, { job: entry, error });
      throw error;
    } finally {
      watch.signal?.removeEventListener('abort', cancel);
    }
  }

  /** A job of a moment, outside the queue and without a notification. */
  async runQuietly<J extends Job>(job: J, signal?: AbortSignal): Promise<JobResult<J>> {
    requireTrust();
    const { startJob } = await import('../../worker/client.ts');
    return startJob(job, { workerPath: this.workerPath, nodePath: nodePath(), threads: 1, signal, onLog: (line) => this.#log(line) });
  }

  /** Ends all jobs; each within a second. */
  cancelAll(): void {
    for (const entry of this.#entries) entry.cancel();
  }

  dispose(): void {
    this.cancelAll();
    this.#status.dispose();
    this.#changed.dispose();
    this.#ended.dispose();
    this.#began.dispose();
    this.#partial.dispose();
  }

  #end(entry: JobEntry, end: JobEnd): void {
    this.#entries.delete(entry);
    this.#refresh();
    this.#ended.fire(end);
  }

  #withNotification<J extends Job>(entry: JobEntry, job: J, watch: JobWatch): Thenable<JobResult<J>> {
    const options = { location: vscode.ProgressLocation.Notification, title: entry.title, cancellable: true };
    return vscode.window.withProgress(options, async (notification, token) => {
      token.onCancellationRequested(() => entry.cancel());
      if (this.#entries.size > 1) notification.report({ message: entry.text });
      return await this.#queue.run(() => this.#start(entry, job, notification, watch), entry.stop.signal);
    });
  }

  async #start<J extends Job>(
    entry: JobEntry,
    job: J,
    notification: vscode.Progress<{ message?: string; increment?: number }>,
    watch: JobWatch,
  ): Promise<JobResult<J>> {
    const { startJob } = await import('../../worker/client.ts');
    this.output.info(`${entry.title}: started`);
    const begun = performance.now();
    let shown = 0;
    const onProgress = (progress: JobProgress): void => {
      entry.progress(progress);
      notification.report({ message: entry.text, increment: (progress.fraction - shown) * 100 });
      shown = progress.fraction;
      watch.onProgress?.(progress);
      this.#refresh();
    };
    entry.begin();
    this.#began.fire({ job: entry, asked: job });
    this.#refresh();
    const result = await startJob(job, {
      workerPath: this.workerPath,
      nodePath: nodePath(),
      threads: threads(),
      signal: entry.stop.signal,
      onProgress,
      onLog: (line) => {
        this.#log(line);
        watch.onLog?.(line);
      },
      onPartial: (partial) => {
        this.#partial.fire({ job: entry, partial });
        watch.onPartial?.(partial);
      },
      onRunFolder: (folder) => {
        entry.folder = folder;
        this.output.info(`run folder: ${folder}`);
        this.#refresh();
      },
    });
    this.output.info(`${entry.title}: finished in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return result;
  }

  #log({ level, message, data }: LogLine): void {
    const text = data && Object.keys(data).length ? `${message} ${JSON.stringify(data)}` : message;
    this.output[level](text);
  }

  #refresh(): void {
    this.#changed.fire();
    const running = [...this.#entries];
    void vscode.commands.executeCommand('setContext', 'lathe.running', running.length > 0);
    const [first] = running;
    if (!first) return this.#status.hide();
    const share = first.fraction === undefined ? '' : ` ${Math.round(first.fraction * 100)} %`;
    const more = running.length > 1 ? ` (+${running.length - 1})` : '';
    this.#status.text = `$(loading~spin) ${first.title}${share}${more}`;
    this.#status.tooltip = `${running.map(({ title }) => title).join('\n')}\n\nClick to watch or cancel.`;
    this.#status.show();
  }
}

/** Throws `workspace.untrusted`. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  const hint = 'Trust it by "Workspaces: Manage Workspace Trust".';
  throw new LatheError('workspace.untrusted', 'jobs run only in a trusted workspace', { hint });
}

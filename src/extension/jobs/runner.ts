import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { Job, JobProgress, JobResult, LogLine } from '../../protocol/job.ts';
import { JobQueue } from '../../worker/queue.ts';
import { nodePath, threads } from '../settings.ts';
import { progressText } from './wording.ts';

interface Entry {
  readonly title: string;
  readonly stop: AbortController;
  /** 0 to 1; undefined while it waits for its turn. */
  fraction: number | undefined;
}

/** Runs jobs in processes of their own, one after another, each with a notification to watch and cancel, and one status bar item. */
export class JobRunner implements vscode.Disposable {
  readonly #queue = new JobQueue();
  readonly #entries = new Set<Entry>();
  readonly #status = vscode.window.createStatusBarItem('lathe.jobs', vscode.StatusBarAlignment.Left, 0);

  constructor(
    private readonly workerPath: string,
    private readonly output: vscode.LogOutputChannel,
  ) {
    this.#status.name = 'Lathe jobs';
    this.#status.command = 'lathe.showOutput';
  }

  /** Jobs that run or wait. */
  get titles(): string[] {
    return [...this.#entries].map(({ title }) => title);
  }

  /**
   * Resolves with the job's document. Throws LatheError: the job's own, `Cancelled`, or `workspace.untrusted`.
   * `title` is for people: "Compress resnet20.onnx".
   */
  async run<J extends Job>(title: string, job: J): Promise<JobResult<J>> {
    requireTrust();
    const entry: Entry = { title, stop: new AbortController(), fraction: undefined };
    this.#entries.add(entry);
    this.#refresh();
    try {
      return await this.#withNotification(entry, job);
    } finally {
      this.#entries.delete(entry);
      this.#refresh();
    }
  }

  /** A job of a moment, outside the queue and without a notification. */
  async runQuietly<J extends Job>(job: J): Promise<JobResult<J>> {
    requireTrust();
    const { startJob } = await import('../../worker/client.ts');
    return startJob(job, { workerPath: this.workerPath, nodePath: nodePath(), threads: 1, onLog: (line) => this.#log(line) });
  }

  /** Ends jobs by their titles; all of them without. Each ends within a second. */
  cancel(titles?: readonly string[]): void {
    for (const entry of this.#entries) if (!titles || titles.includes(entry.title)) entry.stop.abort();
  }

  dispose(): void {
    this.cancel();
    this.#status.dispose();
  }

  #withNotification<J extends Job>(entry: Entry, job: J): Thenable<JobResult<J>> {
    const options = { location: vscode.ProgressLocation.Notification, title: entry.title, cancellable: true };
    return vscode.window.withProgress(options, async (notification, token) => {
      token.onCancellationRequested(() => entry.stop.abort());
      if (this.#entries.size > 1) notification.report({ message: 'waiting for the job before it' });
      return await this.#queue.run(() => this.#start(entry, job, notification), entry.stop.signal);
    });
  }

  async #start<J extends Job>(
    entry: Entry,
    job: J,
    notification: vscode.Progress<{ message?: string; increment?: number }>,
  ): Promise<JobResult<J>> {
    const { startJob } = await import('../../worker/client.ts');
    this.output.info(`${entry.title}: started`);
    const begun = performance.now();
    let shown = 0;
    const onProgress = (progress: JobProgress): void => {
      entry.fraction = progress.fraction;
      notification.report({ message: progressText(progress), increment: (progress.fraction - shown) * 100 });
      shown = progress.fraction;
      this.#refresh();
    };
    entry.fraction = 0;
    this.#refresh();
    const result = await startJob(job, {
      workerPath: this.workerPath,
      nodePath: nodePath(),
      threads: threads(),
      signal: entry.stop.signal,
      onProgress,
      onLog: (line) => this.#log(line),
      onRunFolder: (folder) => this.output.info(`run folder: ${folder}`),
    });
    this.output.info(`${entry.title}: finished in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return result;
  }

  #log({ level, message, data }: LogLine): void {
    const text = data && Object.keys(data).length ? `${message} ${JSON.stringify(data)}` : message;
    this.output[level](text);
  }

  #refresh(): void {
    const running = [...this.#entries];
    void vscode.commands.executeCommand('setContext', 'lathe.running', running.length > 0);
    const [first] = running;
    if (!first) return this.#status.hide();
    const share = first.fraction === undefined ? '' : ` ${Math.round(first.fraction * 100)} %`;
    const more = running.length > 1 ? ` (+${running.length - 1})` : '';
    this.#status.text = `$(loading~spin) ${first.title}${share}${more}`;
    this.#status.tooltip = `${running.map(({ title }) => title).join('\n')}\n\nClick for the output; "Lathe: Cancel" ends a job.`;
    this.#status.show();
  }
}

function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  const hint = 'Trust it by "Workspaces: Manage Workspace Trust".';
  throw new LatheError('workspace.untrusted', 'jobs run only in a trusted workspace', { hint });
}

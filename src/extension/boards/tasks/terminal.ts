import path from 'node:path';
import * as vscode from 'vscode';
import { Cancelled, LatheError } from '../../../engine/base/errors.ts';
import { describe } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { requireTrust } from '../../jobs/runner.ts';
import { dim, plain, red } from '../text.ts';
import { works } from '../work/index.ts';
import { taskName, taskProblems, type TaskDefinition } from './definition.ts';

/** A task as a terminal: it begins when the terminal opens, and ends with it. */
export class TaskTerminal implements vscode.Pseudoterminal {
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #stop = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  /** `folder`: absolute, where relative paths of the task begin. */
  constructor(
    private readonly host: Host,
    private readonly task: TaskDefinition,
    private readonly folder: string | undefined,
  ) {}

  open(): void {
    void this.#run();
  }

  /** The task was terminated: whatever it has started ends within a second. */
  close(): void {
    this.#stop.abort();
  }

  /** Ctrl+C. */
  handleInput(data: string): void {
    if (data.includes('\u0003')) this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { host, task, folder } = this;
    // Links to files of the folder are shown as paths within it.
    const within = folder === undefined ? undefined : `\u0007${folder}${path.sep}`;
    const line = (text: string): void => this.#written.fire(`${within === undefined ? text : text.replaceAll(within, '\u0007')}\r\n`);
    try {
      const problems = taskProblems({ ...task });
      if (problems.length) {
        line(red('This task cannot run. Change it in tasks.json:'));
        for (const problem of problems) line(`  ${plain(problem)}`);
        this.#closed.fire(2);
        return;
      }
      if (folder === undefined)
        throw new LatheError('task.folder', 'a task of Lathe needs a folder on a disk', { hint: 'Open one first.' });
      requireTrust();
      line(dim(plain(taskName(task))));
      const code = await works[task.task]({ host, task, folder, line, signal: this.#stop.signal });
      if (code === 3) line(dim('A stated limit is not met (exit code 3).'));
      this.#closed.fire(code);
    } catch (error) {
      if (error instanceof Cancelled) line(dim('Cancelled.'));
      else {
        for (const text of describe(error).split('\n')) line(red(plain(text.trim())));
        host.output.error(`${taskName(task)}: ${error instanceof LatheError ? describe(error) : String((error as Error).stack ?? error)}`);
      }
      this.#closed.fire(error instanceof LatheError ? error.exitCode : 1);
    }
  }
}

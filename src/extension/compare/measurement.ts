import path from 'node:path';
import type * as vscode from 'vscode';
import type { MeasuringView } from '../../protocol/compare-messages.ts';
import type { CompareJob } from '../../protocol/job.ts';
import type { CompareDocument } from '../../protocol/results/compare.ts';
import type { Host } from '../host.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { choosePictures, runPictures } from './pictures.ts';

/** Pictures that are run, at most; more hardly move an error in dB. */
const samples = 64;

/** Runs two models on pictures, one measurement at a time, and says how far it is. */
export class Measurement implements vscode.Disposable {
  #job: RunningJob | undefined;
  readonly #watch: vscode.Disposable;
  readonly #title: string;

  constructor(
    private readonly host: Host,
    private readonly uris: { readonly a: vscode.Uri; readonly b: vscode.Uri },
    private readonly run_: string | undefined,
    private readonly told: (measuring: MeasuringView | null) => void,
  ) {
    this.#title = `Compare ${path.basename(uris.a.fsPath)} and ${path.basename(uris.b.fsPath)}`;
    this.#watch = host.jobs.onDidChange(() => this.tell());
  }

  /** Undefined when the user turned away. Throws what the job throws. */
  async run(choose: boolean): Promise<CompareDocument | undefined> {
    if (this.#job) return undefined;
    const { a, b } = this.uris;
    const pictures = (choose ? undefined : await runPictures([b, a], this.run_)) ?? (await choosePictures(this.host, a));
    if (!pictures) return undefined;
    const job: CompareJob = { kind: 'compare', a: a.fsPath, b: b.fsPath, ...pictures, samples, outputs: true };
    const known = new Set(this.host.jobs.jobs.map(({ id }) => id));
    const result = this.host.jobs.run(this.#title, job, a.fsPath);
    this.#job = this.host.jobs.jobs.find(({ id, title }) => title === this.#title && !known.has(id));
    this.tell();
    try {
      return await result;
    } finally {
      this.#job = undefined;
      this.told(null);
    }
  }

  cancel(): void {
    this.#job?.cancel();
  }

  dispose(): void {
    this.cancel();
    this.#watch.dispose();
  }

  /** Says how far it is, if it runs. */
  tell(): void {
    const job = this.#job;
    if (job) this.told({ text: job.text, ...(job.fraction === undefined ? {} : { fraction: job.fraction }) });
  }
}

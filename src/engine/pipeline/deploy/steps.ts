import type { DeployStep } from '../../../protocol/results/board.ts';
import type { JobProgress } from '../../../protocol/job.ts';
import type { Clock } from '../../base/context.ts';
import { formatError, LatheError } from '../../base/errors.ts';

/** What a step has to tell: `detail` for the document, and how far it is. */
export interface StepTeller {
  detail(text: string): void;
  progress(done: number, total: number, unit: string): void;
}

/** The steps of one entry as they happen, with the job's progress: every entry and every step of it counts alike. */
export class StepRecord {
  readonly steps: DeployStep[] = [];

  constructor(
    private readonly planned: readonly string[],
    private readonly clock: Clock,
    private readonly onProgress: (progress: JobProgress) => void,
    /** Which of the job's entries this is. */
    private readonly entry: { readonly index: number; readonly of: number },
  ) {}

  async do<Result>(title: string, work: (tell: StepTeller) => Promise<Result>): Promise<Result> {
    const began = this.clock.monotonic();
    const step: DeployStep = { title, state: 'done' };
    const tell: StepTeller = {
      detail: (text) => (step.detail = text),
      progress: (done, total, unit) => this.#report(title, done, total, unit),
    };
    this.#report(title, 0, 1, 'steps');
    try {
      return await work(tell);
    } catch (error) {
      step.state = 'failed';
      step.detail = error instanceof LatheError ? formatError(error).split('\n')[0] : (error as Error).message;
      throw error;
    } finally {
      step.seconds = (this.clock.monotonic() - began) / 1000;
      this.steps.push(step);
    }
  }

  skip(title: string, detail: string): void {
    this.steps.push({ title, state: 'skipped', detail });
  }

  /** What has not been done since one failed. */
  rest(): DeployStep[] {
    const done = new Set(this.steps.map(({ title }) => title));
    return this.planned.filter((title) => !done.has(title)).map((title) => ({ title, state: 'skipped' }));
  }

  #report(phase: string, done: number, total: number, unit: string): void {
    const share = (this.steps.length + (total > 0 ? done / total : 0)) / Math.max(this.planned.length, this.steps.length + 1);
    const fraction = Math.min(1, (this.entry.index + Math.min(1, share)) / this.entry.of);
    this.onProgress({ phase, done, total, unit, fraction });
  }
}

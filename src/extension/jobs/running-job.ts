import type { Job, JobProgress, JobResult } from '../../protocol/job.ts';
import { progressText } from './wording.ts';

/** A job that runs or waits for its turn, as lists of jobs show it. */
export interface RunningJob {
  /** Unique in this window, ascending in the order in which jobs were asked for. */
  readonly id: number;
  /** For people: "Compress resnet20.onnx". */
  readonly title: string;
  readonly kind: Job['kind'];
  /** Absolute path of the model it works on; absent where it works on several or none. */
  readonly model: string | undefined;
  /** 0 to 1; undefined while it waits for its turn. */
  readonly fraction: number | undefined;
  /** "calibrate: 34 of 100 pictures · about 12 s left". */
  readonly text: string;
  /** Where a run keeps its results, absolute, as soon as it is known. */
  readonly folder: string | undefined;
  /** Ends it within a second. */
  cancel(): void;
}

/** How a job ended: with its document, or with what it threw (`Cancelled` among others). */
export type JobEnd = { readonly job: RunningJob } & ({ readonly result: JobResult } | { readonly error: unknown });

/** A job on its way, as the runner keeps it. */
export class JobEntry implements RunningJob {
  readonly stop = new AbortController();
  fraction: number | undefined;
  text = 'waiting for the job before it';
  folder: string | undefined;

  constructor(
    readonly id: number,
    readonly title: string,
    readonly kind: Job['kind'],
    readonly model: string | undefined,
  ) {}

  begin(): void {
    this.fraction = 0;
    this.text = 'starting';
  }

  progress(progress: JobProgress): void {
    this.fraction = progress.fraction;
    this.text = progressText(progress);
  }

  cancel(): void {
    this.text = 'stopping';
    this.stop.abort();
  }
}

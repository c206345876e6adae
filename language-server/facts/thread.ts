// The thread that reads models, data and runs for the language server: one job after another, the answers as JSON.
import { parentPort } from 'node:worker_threads';
import type { Job } from './jobs.ts';
import { perform } from './perform.ts';

export interface ThreadRequest {
  readonly id: number;
  readonly job: Job;
}

/** JSON is read faster than objects are cloned, and shares the names of keys. */
export interface ThreadReply {
  readonly id: number;
  readonly answer: string;
}

parentPort?.on('message', ({ id, job }: ThreadRequest) => {
  void perform(job).then((answer) => parentPort?.postMessage({ id, answer: JSON.stringify(answer) } satisfies ThreadReply));
});

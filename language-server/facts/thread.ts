// The thread that reads models, data and runs for the language server: one job after another.
import { parentPort } from 'node:worker_threads';
import type { Answer, Job } from './jobs.ts';
import { perform } from './perform.ts';

export interface ThreadRequest {
  readonly id: number;
  readonly job: Job;
}

export interface ThreadReply {
  readonly id: number;
  readonly answer: Answer;
}

parentPort?.on('message', ({ id, job }: ThreadRequest) => {
  void perform(job).then((answer) => parentPort?.postMessage({ id, answer: answer } satisfies ThreadReply));
});

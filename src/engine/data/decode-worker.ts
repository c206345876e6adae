import { parentPort, workerData } from 'node:worker_threads';
import { LatheError } from '../base/errors.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { rowsOfThread, type RowsPlan } from './batching/thread-rows.ts';
import type { RowsRequest } from './batching/rows.ts';
import type { Entry } from './list/entry.ts';
import { loadFile, type LoadPlan } from './load.ts';

/** A decoding thread: one message asks for a sample or for rows of a batch, one message answers. Its own bundle; see decode-pool.ts. */

/** What a thread is there for. Plain data. */
export type ThreadTask = { readonly kind: 'samples'; readonly plan: LoadPlan } | { readonly kind: 'rows'; readonly plan: RowsPlan };

export interface ThreadRequest {
  readonly id: number;
  readonly request: unknown;
}

export type ThreadReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { code: string; message: string; exitCode: 1 | 2 | 3 | 130; file?: string; hint?: string } };

interface Result {
  readonly input?: RuntimeTensor;
  readonly target?: RuntimeTensor;
  readonly clean?: RuntimeTensor;
}

const port = parentPort;
if (!port) throw new LatheError('data.thread', 'the decoding thread is no thread', {}, 1);
const answer = answerTo(workerData as ThreadTask);

function answerTo(task: ThreadTask): (request: unknown) => Promise<Result> {
  if (task.kind === 'samples') return (request) => loadFile(request as Entry, task.plan);
  const rows = rowsOfThread(task.plan);
  return (request) => rows(request as RowsRequest);
}

port.on('message', ({ id, request }: ThreadRequest) => {
  answer(request).then(
    (result) => {
      const buffers = [result.input, result.target, result.clean].flatMap((tensor) =>
        tensor ? [(tensor.data as Uint8Array<ArrayBuffer>).buffer] : [],
      );
      port.postMessage({ id, result } satisfies ThreadReply, buffers);
    },
    (thrown: unknown) => {
      const error = thrown instanceof LatheError ? thrown : new LatheError('data.thread', String(thrown), {}, 1);
      const { code, message, exitCode, place } = error;
      port.postMessage({ id, error: { code, message, exitCode, file: place.file, hint: place.hint } } satisfies ThreadReply);
    },
  );
});

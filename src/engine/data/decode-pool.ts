import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LatheError } from '../base/errors.ts';
import type { ThreadReply, ThreadRequest, ThreadTask } from './decode-worker.ts';

/** The bundle of decode-worker.ts lies beside the bundle that this code is in, or one folder up from a shared chunk. */
const places = ['./decode-worker.mjs', '../decode-worker.mjs'];

/** Where the decoding thread's code is; undefined when this code runs unbundled: then pictures are decoded in place, with equal results. */
export function findDecodeWorker(): URL | undefined {
  return places.map((place) => new URL(place, import.meta.url)).find((url) => url.protocol === 'file:' && existsSync(fileURLToPath(url)));
}

interface Waiting<Result> {
  resolve(result: Result): void;
  reject(error: Error): void;
}

/** Threads that decode and preprocess, each for the same task. They do not keep the process alive, and are ended by `close`. */
export class DecodePool<Request, Result> {
  readonly size: number;
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, Waiting<Result>>();
  #next = 0;
  /** Why there are no threads any more. */
  #ended: LatheError | undefined;

  constructor(code: URL, task: ThreadTask, size: number) {
    this.size = size;
    this.#workers = Array.from({ length: size }, () => {
      const worker = new Worker(code, { workerData: task });
      worker.on('message', (reply: ThreadReply) => this.#settle(reply));
      worker.on('error', (cause) => this.#end(threadError(cause.message, cause)));
      worker.on('exit', (code) => this.#end(threadError(`it ended with code ${code}`)));
      worker.unref();
      return worker;
    });
  }

  /** Asks one of the threads; by default each in its turn. */
  ask(request: Request, thread = this.#next % this.size): Promise<Result> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const worker = this.#workers[thread]!;
      worker.ref();
      worker.postMessage({ id, request } satisfies ThreadRequest);
    });
  }

  async close(): Promise<void> {
    this.#end(threadError('it was closed'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #settle(reply: ThreadReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) for (const worker of this.#workers) worker.unref();
    if ('result' in reply) waiting?.resolve(reply.result as Result);
    else
      waiting?.reject(
        new LatheError(reply.error.code, reply.error.message, { file: reply.error.file, hint: reply.error.hint }, reply.error.exitCode),
      );
  }

  /** A picture that a dead thread was given would be waited for for ever: all of them fail. */
  #end(error: LatheError): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

const threadError = (reason: string, cause?: unknown): LatheError =>
  new LatheError('data.thread', `a thread that decodes pictures failed: ${reason}`, { cause, hint: 'Try --threads 1.' }, 1);

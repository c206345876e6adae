import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Answer, Job, JobOf, Reader } from './jobs.ts';
import type { ThreadReply, ThreadRequest } from './thread.ts';

/** The bundle of thread.ts lies beside the bundle that this code is in, or one folder up from a shared chunk. */
const places = ['./facts-thread.mjs', '../facts-thread.mjs'];

export function findFactsThread(): URL | undefined {
  return places.map((place) => new URL(place, import.meta.url)).find((url) => url.protocol === 'file:' && existsSync(fileURLToPath(url)));
}

/** Milliseconds after which a job is given up: a model of 5,000 nodes takes a second. */
const longest = 60_000;
/** Milliseconds without a job after which the thread goes, and its memory with it. */
const idle = 3000;
/**
 * MiB: a graph of 5,000 nodes is scanned in half of the first, and its channels are followed in half of the second. What needs more gets the next;
 * the last is too little to take a machine's memory.
 */
const heaps = [48, 192, 1024];
const firstHeap = (kind: Job['kind']): number => (kind === 'pruning' ? 1 : 0);

/** First what mistakes are found by, last what only makes figures richer. */
const order: readonly Job['kind'][] = ['model', 'data', 'workspace', 'last-run', 'figures', 'details', 'pruning'];

/** MiB of what lives shortly: garbage is collected early, so that the whole server stays small. */
const youngHeap = 4;

interface Waiting {
  readonly id: number;
  readonly job: Job;
  /** Which of `heaps` it is tried with. */
  readonly heap: number;
  readonly resolve: (answer: Answer) => void;
}

/** Reads in a thread of its own, which lives while there is something to read. A job that breaks the thread is answered with the reason. */
export class ReaderThread implements Reader {
  readonly #queue: Waiting[] = [];
  #worker: Worker | undefined;
  /** Which of `heaps` the thread has. */
  #heap = 0;
  #current: Waiting | undefined;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(
    private readonly code: URL,
    private readonly limits: { readonly longest?: number; readonly idle?: number } = {},
  ) {}

  read<Kind extends Job['kind']>(job: JobOf<Kind>): Promise<Answer<Kind>> {
    return new Promise((resolve) => {
      this.#queue.push({ id: this.#next++, job, heap: firstHeap(job.kind), resolve: resolve as (answer: Answer) => void });
      this.#turn();
    });
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  #turn(): void {
    if (this.#current || this.#isDisposed) return;
    clearTimeout(this.#timer);
    const next = this.#take();
    if (!next) {
      this.#timer = setTimeout(() => this.#stop(), this.limits.idle ?? idle).unref();
      return;
    }
    this.#current = next;
    this.#timer = setTimeout(() => this.#fail('it takes too long'), this.limits.longest ?? longest).unref();
    this.#thread(next.heap).postMessage({ id: next.id, job: next.job } satisfies ThreadRequest);
  }

  #take(): Waiting | undefined {
    const [first] = [...this.#queue].sort((a, b) => order.indexOf(a.job.kind) - order.indexOf(b.job.kind) || a.id - b.id);
    if (first) this.#queue.splice(this.#queue.indexOf(first), 1);
    return first;
  }

  #thread(heap: number): Worker {
    if (this.#worker && this.#heap >= heap) return this.#worker;
    this.#stop();
    // What it prints must not get among the messages of a protocol on stdout.
    const resourceLimits = { maxOldGenerationSizeMb: heaps[heap]!, maxYoungGenerationSizeMb: youngHeap };
    const worker = new Worker(this.code, { stdout: true, stderr: true, execArgv: [], resourceLimits });
    worker.unref();
    worker.on('message', ({ id, answer }: ThreadReply) => {
      if (this.#current?.id === id) this.#settle(answer);
    });
    worker.on('error', (error) => this.#worker === worker && this.#broke(error));
    worker.on('exit', (code) => this.#worker === worker && this.#fail(`the thread ended with code ${code}`));
    this.#worker = worker;
    this.#heap = heap;
    return worker;
  }

  #settle(answer: Answer): void {
    const done = this.#current;
    this.#current = undefined;
    done?.resolve(answer);
    this.#turn();
  }

  #broke(error: Error): void {
    const job = this.#current;
    const heap = this.#heap + 1;
    const isTooMuch = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' && heap < heaps.length;
    if (!job || !isTooMuch) return this.#fail(error.message);
    this.#stop();
    this.#current = undefined;
    this.#queue.unshift({ ...job, heap });
    this.#turn();
  }

  /** What a thread was reading is in no state to be gone on with. */
  #fail(reason: string): void {
    this.#stop();
    this.#settle({ stamps: {}, problem: { code: 'facts.failed', message: `it cannot be read: ${reason.slice(0, 300)}` } });
  }

  #stop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}

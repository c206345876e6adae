import { Cancelled } from '../engine/base/errors.ts';

/** Jobs one after another, in the order they were asked for: two at once would only share the cores and double the memory. */
export class JobQueue {
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(private readonly atOnce = 1) {}

  /** Jobs that have not begun. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Calls `job` when its turn comes. Aborting `signal` before that takes it out of the queue and throws `Cancelled`. */
  async run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      // The place goes straight to the next in line, so that nobody slips in between.
      if (next) next();
      else this.#running--;
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(new Cancelled());
    if (this.#running < this.atOnce) {
      this.#running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== start);
        reject(new Cancelled());
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(start);
    });
  }
}

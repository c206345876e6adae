/** Work that took less than this is done after every keystroke, in milliseconds: no eye sees the difference. */
const cheap = 80;
/** Dearer work waits for a pause of this many times what it took last, */
const pausePerCost = 1;
/** but never longer than this, in milliseconds. */
const longestPause = 200;
/** Who types without a pause sees something after this many milliseconds all the same. */
const longestWait = 500;

/** Does work on documents a moment after it was last asked for, once for all who asked. */
export class Schedule {
  readonly #work: (uri: string) => void;
  readonly #now: () => number;
  readonly #pending = new Map<string, { readonly timer: NodeJS.Timeout; readonly since: number }>();
  /** What the last time took, by document, in milliseconds. */
  readonly #costs = new Map<string, number>();

  /** `now`: milliseconds since any moment. */
  constructor(work: (uri: string) => void, now: () => number) {
    this.#work = work;
    this.#now = now;
  }

  /** `least`: milliseconds to wait for more of the same, where it comes in crowds. */
  soon(uri: string, least = 0): void {
    const now = this.#now();
    const pending = this.#pending.get(uri);
    if (pending && now - pending.since > longestWait) return;
    clearTimeout(pending?.timer);
    const cost = this.#costs.get(uri) ?? 0;
    const pause = cost < cheap ? 0 : Math.min(cost * pausePerCost, longestPause);
    const timer = setTimeout(() => this.#do(uri), Math.max(pause, least));
    this.#pending.set(uri, { timer, since: pending?.since ?? now });
  }

  drop(uri: string): void {
    clearTimeout(this.#pending.get(uri)?.timer);
    this.#pending.delete(uri);
    this.#costs.delete(uri);
  }

  dispose(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }

  #do(uri: string): void {
    this.#pending.delete(uri);
    const start = this.#now();
    this.#work(uri);
    this.#costs.set(uri, this.#now() - start);
  }
}

import type { Camera } from './camera.ts';

const most = 100;

/** Places that were looked at, to go back to and forward again, as a browser has them. */
export class Places {
  #behind: Camera[] = [];
  #ahead: Camera[] = [];

  /** Before a leap from `here`. */
  leave(here: Camera): void {
    this.#behind = [...this.#behind.slice(1 - most), here];
    this.#ahead = [];
  }

  /** The place to go back to; undefined: there is none. */
  back(here: Camera): Camera | undefined {
    const place = this.#behind.pop();
    if (place) this.#ahead.push(here);
    return place;
  }

  forward(here: Camera): Camera | undefined {
    const place = this.#ahead.pop();
    if (place) this.#behind.push(here);
    return place;
  }

  clear(): void {
    [this.#behind, this.#ahead] = [[], []];
  }
}

import { differentKinds } from './min-max.ts';
import type { PictureExtremes, SavedStatistic, Statistic } from './statistic.ts';

/** The range of a value in each picture, in the dataset's order: 12 bytes a picture, since there may be thousands of both. */
export class Pictures implements Statistic {
  readonly kind = 'pictures';
  low = Infinity;
  high = -Infinity;
  notFinite = 0;
  #count = 0;
  #index = new Int32Array(0);
  #low = new Float32Array(0);
  #high = new Float32Array(0);

  /** Sorted by place in the dataset, whatever the order of merging. */
  get pictures(): PictureExtremes[] {
    return Array.from({ length: this.#count }, (_, i) => ({ index: this.#index[i]!, low: this.#low[i]!, high: this.#high[i]! }));
  }

  /** `low` and `high` are float32 numbers; a picture without any finite element is left out. */
  add(picture: PictureExtremes): void {
    if (!(picture.low <= picture.high)) return;
    this.low = Math.min(this.low, picture.low);
    this.high = Math.max(this.high, picture.high);
    this.#reserve(this.#count + 1);
    // Nearly always at the end; a part that is merged out of order moves the later ones up.
    let place = this.#count;
    while (place > 0 && this.#index[place - 1]! > picture.index) place--;
    for (const column of [this.#index, this.#low, this.#high]) column.copyWithin(place + 1, place, this.#count);
    this.#index[place] = picture.index;
    this.#low[place] = picture.low;
    this.#high[place] = picture.high;
    this.#count++;
  }

  merge(other: Statistic): void {
    if (!(other instanceof Pictures)) throw differentKinds(this, other);
    for (const picture of other.pictures) this.add(picture);
    this.notFinite += other.notFinite;
  }

  save(): SavedStatistic {
    const used = (column: Int32Array | Float32Array): number[] => Array.from(column.subarray(0, this.#count));
    return { kind: 'pictures', index: used(this.#index), low: used(this.#low), high: used(this.#high), notFinite: this.notFinite };
  }

  #reserve(count: number): void {
    if (count <= this.#index.length) return;
    const grown = <T extends Int32Array | Float32Array>(old: T, next: T): T => {
      next.set(old);
      return next;
    };
    const capacity = Math.max(64, 2 * this.#index.length);
    this.#index = grown(this.#index, new Int32Array(capacity));
    this.#low = grown(this.#low, new Float32Array(capacity));
    this.#high = grown(this.#high, new Float32Array(capacity));
  }
}

import { differentKinds } from './min-max.ts';
import type { PictureExtremes, SavedStatistic, Statistic } from './statistic.ts';

/** The range of a value in each picture, in the dataset's order: 16 bytes a picture. */
export class Pictures implements Statistic {
  readonly kind = 'pictures';
  low = Infinity;
  high = -Infinity;
  notFinite = 0;
  #pictures: PictureExtremes[] = [];

  /** Sorted by place in the dataset, whatever the order of merging. */
  get pictures(): readonly PictureExtremes[] {
    return this.#pictures;
  }

  add(picture: PictureExtremes): void {
    if (!(picture.low <= picture.high)) return;
    this.low = Math.min(this.low, picture.low);
    this.high = Math.max(this.high, picture.high);
    const last = this.#pictures.at(-1);
    this.#pictures.push(picture);
    if (last && last.index > picture.index) this.#pictures.sort((a, b) => a.index - b.index);
  }

  merge(other: Statistic): void {
    if (!(other instanceof Pictures)) throw differentKinds(this, other);
    this.#pictures = [...this.#pictures, ...other.#pictures].sort((a, b) => a.index - b.index);
    this.low = Math.min(this.low, other.low);
    this.high = Math.max(this.high, other.high);
    this.notFinite += other.notFinite;
  }

  save(): SavedStatistic {
    const column = (key: keyof PictureExtremes): number[] => this.#pictures.map((picture) => picture[key]);
    return { kind: 'pictures', index: column('index'), low: column('low'), high: column('high'), notFinite: this.notFinite };
  }
}

import { LatheError } from '../base/errors.ts';
import type { PictureExtremes, SavedStatistic, Statistic } from './statistic.ts';

/** The range of a value over all pictures. */
export class MinMax implements Statistic {
  readonly kind = 'minmax';
  low = Infinity;
  high = -Infinity;
  notFinite = 0;

  /** Takes a picture's finite extremes; a picture without any element leaves the range as it is. */
  add(picture: PictureExtremes): void {
    this.low = Math.min(this.low, picture.low);
    this.high = Math.max(this.high, picture.high);
  }

  merge(other: Statistic): void {
    if (!(other instanceof MinMax)) throw differentKinds(this, other);
    this.low = Math.min(this.low, other.low);
    this.high = Math.max(this.high, other.high);
    this.notFinite += other.notFinite;
  }

  save(): SavedStatistic {
    return { kind: 'minmax', range: savedRange(this), notFinite: this.notFinite };
  }
}

/** `+ 0` turns -0 into 0, which depends on the order of the data. */
export const savedRange = ({ low, high }: { low: number; high: number }): [number, number] | null =>
  low <= high ? [low + 0, high + 0] : null;

export const differentKinds = (a: Statistic, b: Statistic): LatheError =>
  new LatheError('statistics.kind', `a ${b.kind} statistic cannot be merged into a ${a.kind} one`, {
    hint: 'All parts of a sharded calibration must come from the same recipe.',
  });

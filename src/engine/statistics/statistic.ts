/** What an estimator can ask for: the range over all pictures, the range of each picture, or how often each value occurs. */
export type StatisticKind = 'minmax' | 'pictures' | 'histogram';

/**
 * What is kept of one value of a model while pictures run through it. Every statistic merges exactly: the parts of a sharded
 * calibration, merged in any order, give the same bytes as one undivided run.
 */
export interface Statistic {
  readonly kind: StatisticKind;
  /** Least and greatest finite element seen; Infinity and -Infinity while there was none. */
  readonly low: number;
  readonly high: number;
  /** Pictures in which some element was NaN or infinite. Such elements are left out of everything else. */
  readonly notFinite: number;
  /** Adds what another part of the same calibration saw. Throws LatheError `statistics.kind` when the kinds differ. */
  merge(other: Statistic): void;
  /** Plain data for a checkpoint or a shard's file; `restoreStatistic` takes it back. */
  save(): SavedStatistic;
}

/** JSON-safe; a range that holds nothing yet is null. */
export type SavedStatistic =
  | { kind: 'minmax'; range: [number, number] | null; notFinite: number }
  | { kind: 'pictures'; index: number[]; low: number[]; high: number[]; notFinite: number }
  | { kind: 'histogram'; range: [number, number] | null; notFinite: number; width: number; first: number; counts: number[] };

/** What one picture showed of one value: its extremes, or all of its elements. `index` is its place in the dataset's order. */
export interface PictureExtremes {
  readonly index: number;
  readonly low: number;
  readonly high: number;
}

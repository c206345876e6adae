import { LatheError } from '../base/errors.ts';
import { createStatistic, restoreStatistic } from './restore.ts';
import type { SavedStatistic, Statistic, StatisticKind } from './statistic.ts';

/** Plain data: a checkpoint, or the file of a shard. Covers the samples from `from` up to but without `next`. */
export interface SavedCollection {
  readonly kind: StatisticKind;
  readonly from: number;
  readonly next: number;
  readonly values: Readonly<Record<string, SavedStatistic>>;
}

/** The statistics of all observed values over a stretch of the dataset. */
export class Collection {
  private constructor(
    readonly kind: StatisticKind,
    readonly statistics: Map<string, Statistic>,
    readonly from: number,
    /** Place in the dataset of the first sample that is not in it. */
    public next: number,
  ) {}

  static empty(kind: StatisticKind, values: readonly string[], from: number): Collection {
    return new Collection(kind, new Map(values.map((value) => [value, createStatistic(kind)])), from, from);
  }

  save(): SavedCollection {
    const values = Object.fromEntries([...this.statistics].map(([name, statistic]) => [name, statistic.save()]));
    return { kind: this.kind, from: this.from, next: this.next, values };
  }

  static restore(saved: SavedCollection): Collection {
    const statistics = new Map(Object.entries(saved.values).map(([name, statistic]) => [name, restoreStatistic(statistic)]));
    return new Collection(saved.kind, statistics, saved.from, saved.next);
  }
}

/**
 * Adds the parts of a calibration over `samples` samples, given in any order: the same bytes as an undivided one. Throws
 * LatheError `statistics.parts` when they observe different values, or do not cover every sample once.
 */
export function mergeCollections(parts: readonly SavedCollection[], samples: number): Collection {
  const ordered = [...parts].sort((a, b) => a.from - b.from);
  let end = 0;
  for (const part of ordered) {
    if (part.from !== end) throw notCovered(end, part.from);
    end = part.next;
  }
  const [first, ...others] = ordered;
  if (!first || end !== samples) throw notCovered(end, samples);
  const merged = Collection.restore(first);
  for (const part of others) {
    const names = Object.keys(part.values);
    if (part.kind !== merged.kind || names.length !== merged.statistics.size || names.some((name) => !merged.statistics.has(name))) {
      throw new LatheError('statistics.parts', 'the parts observe different values of the model', {
        hint: 'All parts must come from the same model and recipe.',
      });
    }
    for (const [name, statistic] of merged.statistics) statistic.merge(restoreStatistic(part.values[name]!));
    merged.next = part.next;
  }
  return merged;
}

const notCovered = (end: number, next: number): LatheError =>
  new LatheError(
    'statistics.parts',
    `the parts do not join: the samples from ${Math.min(end, next)} to ${Math.max(end, next)} are missing or given twice`,
    {
      hint: 'Give every part of the job exactly once.',
    },
  );

/** The stretch of the dataset that part `index` (from 0) of `of` equal parts covers. */
export const shardRange = (samples: number, index: number, of: number): { from: number; to: number } => ({
  from: Math.floor((samples * index) / of),
  to: Math.floor((samples * (index + 1)) / of),
});

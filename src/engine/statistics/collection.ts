import { LatheError } from '../base/errors.ts';
import { ChannelMeans, type MeanRequest, type SavedMeans } from './channel-means.ts';
import { createStatistic, restoreStatistic } from './restore.ts';
import type { SavedStatistic, Statistic, StatisticKind } from './statistic.ts';

type Saved<T> = readonly (readonly [name: string, saved: T])[];

/** Plain data: a checkpoint, or the file of a shard. Covers the samples from `from` up to but without `next`. */
export interface SavedCollection {
  readonly kind: StatisticKind;
  readonly from: number;
  readonly next: number;
  /** By name, in the order in which they were asked for (which an object would not keep for names like "12"). */
  readonly values: Saved<SavedStatistic>;
  readonly means: Saved<SavedMeans>;
}

/** The statistics of all observed values over a stretch of the dataset. */
export class Collection {
  private constructor(
    readonly kind: StatisticKind,
    readonly statistics: Map<string, Statistic>,
    /** Means of the channels of the values they were asked for. */
    readonly means: Map<string, ChannelMeans>,
    readonly from: number,
    /** Place in the dataset of the first sample that is not in it. */
    public next: number,
  ) {}

  static empty(kind: StatisticKind, values: readonly string[], means: readonly MeanRequest[], from: number): Collection {
    const statistics = new Map(values.map((value) => [value, createStatistic(kind)]));
    return new Collection(kind, statistics, new Map(means.map(({ value, channels }) => [value, new ChannelMeans(channels)])), from, from);
  }

  save(): SavedCollection {
    const saved = <T>(parts: ReadonlyMap<string, { save(): T }>): Saved<T> => [...parts].map(([name, part]) => [name, part.save()]);
    return { kind: this.kind, from: this.from, next: this.next, values: saved(this.statistics), means: saved(this.means) };
  }

  static restore(saved: SavedCollection): Collection {
    const statistics = new Map(saved.values.map(([name, statistic]) => [name, restoreStatistic(statistic)]));
    const means = new Map(saved.means.map(([name, part]) => [name, ChannelMeans.restore(part)]));
    return new Collection(saved.kind, statistics, means, saved.from, saved.next);
  }

  /** The same for some of its values and means, in this order; undefined when it does not observe all of them, or another kind. */
  narrowed(kind: StatisticKind, values: readonly string[], means: readonly string[]): Collection | undefined {
    if (kind !== this.kind || !values.every((name) => this.statistics.has(name)) || !means.every((name) => this.means.has(name)))
      return undefined;
    const some = <T>(names: readonly string[], parts: ReadonlyMap<string, T>): Map<string, T> =>
      new Map(names.map((name) => [name, parts.get(name)!]));
    return new Collection(kind, some(values, this.statistics), some(means, this.means), this.from, this.next);
  }

  /** True when it observes exactly these values and means, in this order. */
  observes(kind: StatisticKind, values: readonly string[], means: readonly string[]): boolean {
    const same = (names: readonly string[], parts: ReadonlyMap<string, unknown>): boolean =>
      names.length === parts.size && [...parts.keys()].every((name, i) => name === names[i]);
    return kind === this.kind && same(values, this.statistics) && same(means, this.means);
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
    const names = (saved: Saved<unknown>): string[] => saved.map(([name]) => name);
    if (!merged.observes(part.kind, names(part.values), names(part.means))) {
      throw new LatheError('statistics.parts', 'the parts observe different values of the model', {
        hint: 'All parts must come from the same model and recipe.',
      });
    }
    for (const [name, saved] of part.values) merged.statistics.get(name)!.merge(restoreStatistic(saved));
    for (const [name, saved] of part.means) merged.means.get(name)!.merge(ChannelMeans.restore(saved));
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

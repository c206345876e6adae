import type { Static } from '@sinclair/typebox';
import type { Criterion, CriterionRequest } from '../criteria/criterion.ts';
import { normalizations, type Normalization } from './normalizations.ts';
import { reductions, type Reduction } from './reductions.ts';

/** Importance of each channel, by name of the group. Higher is more important; what is not a number is kept to the last. */
export type Importance = ReadonlyMap<string, Float64Array>;

export interface ImportanceSettings {
  readonly reduce: Reduction;
  readonly normalize: Normalization;
}

/** Asks a criterion about every group. Throws what `Criterion.open` throws. */
export async function importanceOf<C extends Criterion>(
  criterion: C,
  parameters: Static<C['declaration']['parameters']>,
  request: CriterionRequest,
  { reduce, normalize }: ImportanceSettings,
): Promise<Importance> {
  const votesOf = await criterion.open(request, parameters);
  return new Map(
    request.coupling.groups.map((group) => {
      const votes = votesOf(group);
      const reduced = votes.length > 0 ? reductions[reduce](votes) : new Float64Array(group.channels).fill(1);
      const finished = criterion.finish?.(reduced) ?? reduced;
      const comparable = criterion.comparable ? finished : normalizations[normalize](finished);
      return [group.name, comparable.map((value) => (Number.isNaN(value) ? Infinity : value))];
    }),
  );
}

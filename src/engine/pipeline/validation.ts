import type { DatasetRequest } from '../data/dataset.ts';
import { LatheError } from '../base/errors.ts';
import type { TrainingSource } from '../data/source.ts';
import { calibrationPictures, seenOnce } from '../recipe/resolve-data.ts';
import type { ResolvedRecipe, ResolvedSource } from '../recipe/types.ts';

type Part = NonNullable<DatasetRequest['part']>;

/** Pictures of a use, and which part of them. */
export interface PictureChoice {
  readonly source: TrainingSource;
  readonly part?: Part;
  /** The count of the source is a bound that nobody wrote: fewer are no surprise. */
  readonly atMost?: boolean;
}

/**
 * The pictures that choices look at (recipe.md, "Three kinds of data"): a data set of their own, or a seeded fraction of `train` or
 * `calibration`. Never those of `test`. undefined when the recipe names no pictures to learn or calibrate from.
 */
export function validationPictures({ data }: ResolvedRecipe): PictureChoice | undefined {
  const { validation } = data;
  if (!validation) return undefined;
  if (validation.kind === 'path') return { source: validation.source };
  const source = data[validation.of];
  return source && { source: seenOnce(source), part: { fraction: validation.fraction, side: 'part' } };
}

/** The pictures of a use once those for validation have left it: nothing is chosen on what was learnt or calibrated from. */
export function remainingPictures({ data }: ResolvedRecipe, use: 'train' | 'calibration'): PictureChoice | undefined {
  const source = data[use];
  const { validation } = data;
  if (!source) return undefined;
  const isBounded = use === 'calibration' && source.count === calibrationPictures && data.train && isSameSet(source, data.train);
  const choice = { source, ...(isBounded ? { atMost: true } : {}) };
  const from = validation?.kind === 'part' && data[validation.of];
  return from && isSameSet(source, from) ? { ...choice, part: { fraction: validation.fraction, side: 'rest' } } : choice;
}

/** Whether two sources list the same samples, whatever they take of them: calibration pictures may be some of `train`. */
function isSameSet(a: ResolvedSource, b: ResolvedSource): boolean {
  const key = ({ path, labels, split, pairs }: ResolvedSource): string =>
    JSON.stringify([path, labels, split, pairs?.input, pairs?.target]);
  return key(a) === key(b);
}

/** A set of which nothing is left, or nothing was cut off: one picture can't serve two uses. */
export const tooFewToSplit = (path: string): LatheError =>
  new LatheError('data.validation', 'there are too few pictures to keep some apart for choices', {
    file: path,
    hint: 'Name pictures of their own: data.validation (--validation).',
  });

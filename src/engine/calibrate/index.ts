import type { RangeEstimator } from './estimator.ts';
import { entropy } from './entropy.ts';
import { lp } from './lp.ts';
import { minmax } from './minmax.ts';
import { movingAverage } from './moving-average.ts';
import { mse } from './mse.ts';
import { nonOverflow } from './non-overflow.ts';
import { percentile } from './percentile.ts';
import { percentileSearch } from './percentile-search.ts';

export type { Levels, Range, RangeEstimator } from './estimator.ts';

/** Every range estimator. A new one is one file and a line here. */
export const rangeEstimators: readonly RangeEstimator[] = [
  minmax,
  movingAverage,
  percentile,
  percentileSearch,
  entropy,
  mse,
  lp,
  nonOverflow,
];

export const findRangeEstimator = (name: string): RangeEstimator | undefined =>
  rangeEstimators.find((estimator) => estimator.declaration.name === name);

import { Type } from '@sinclair/typebox';
import type { RangeEstimator } from './estimator.ts';

const parameters = Type.Object({}, { additionalProperties: false });

/** The range seen over all pictures: nothing is clipped. Any statistic has it. */
export const minmax: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'minmax',
    summary: 'From the least to the greatest value seen on any picture; nothing is clipped, one outlier widens every step.',
    parameters,
  },
  needs: 'minmax',
  estimate: ({ low, high }) => (low <= high ? { low, high } : { low: 0, high: 0 }),
};

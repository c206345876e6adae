import { Type } from '@sinclair/typebox';
import { seededRandom } from '../../base/random.ts';
import type { Criterion } from './criterion.ts';

/** What every other criterion has to beat. */
export const random: Criterion = {
  declaration: {
    name: 'random',
    summary: 'By the seed alone: what every other criterion has to beat.',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'weights',
  comparable: true,
  open:
    async ({ seed }) =>
    (group) => {
      const source = seededRandom(seed, `prune:${group.name}`);
      return [Float64Array.from({ length: group.channels }, () => source.next())];
    },
};

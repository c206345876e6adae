import { Type } from '@sinclair/typebox';
import { sumByChannel } from '../importance/weights.ts';
import type { Criterion } from './criterion.ts';
import { gradientVotes } from './gradient-votes.ts';

/** The squared change of the loss, to first order, when the weights of a channel become zero, mean over the batches. */
export const taylor: Criterion = {
  declaration: {
    name: 'taylor',
    summary: 'How much the loss changes without the channel, to first order; without labels, how much the outputs do.',
    source: 'Molchanov et al. 2019, Importance estimation for neural network pruning, arXiv:1906.10771, eq. 8',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'pictures',
  comparable: true,
  additive: true,
  open: (request) =>
    gradientVotes(request, 'taylor', { singly: false }, (part, gradient) =>
      sumByChannel(part, (index) => part.values[index]! * gradient[index]!).map((change) => change ** 2),
    ),
};

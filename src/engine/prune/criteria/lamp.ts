import { Type } from '@sinclair/typebox';
import type { Criterion } from './criterion.ts';
import { powerSums } from './magnitude.ts';

/** The squared norm over the sum of those that are not smaller in the group. */
export const lamp: Criterion = {
  declaration: {
    name: 'lamp',
    summary:
      'The sum of squares over that of all channels of the group that are not smaller: the greatest of each group counts 1, so that a global choice empties none.',
    source: 'Lee et al. 2021, Layer-adaptive sparsity for the magnitude-based pruning, arXiv:2010.07611, eq. 4',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'weights',
  comparable: true,
  open: async (request) => powerSums(request, 2, ['filters', 'scales']),
  finish: lampScores,
};

/** Ties count in the order of the channels. */
export function lampScores(squares: Float64Array): Float64Array {
  const order = [...squares.keys()].sort((a, b) => squares[a]! - squares[b]! || a - b);
  const scores = new Float64Array(squares.length);
  let rest = 0;
  for (const channel of order.reverse()) {
    rest += squares[channel]!;
    scores[channel] = rest > 0 ? squares[channel]! / rest : 0;
  }
  return scores;
}

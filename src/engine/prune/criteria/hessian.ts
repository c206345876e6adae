import { Type } from '@sinclair/typebox';
import { sumByChannel } from '../importance/weights.ts';
import type { Criterion } from './criterion.ts';
import { gradientVotes } from './gradient-votes.ts';

/** Sum of w² h over the weights of a channel, h the diagonal of the Hessian as the mean square of the gradients of single pictures (Fisher, Gauss-Newton). */
export const hessian: Criterion = {
  declaration: {
    name: 'hessian',
    summary:
      'Squared weights times the curvature of the loss (diagonal, by squared gradients); without labels, of the change of the outputs.',
    source: 'LeCun et al. 1989, Optimal brain damage, eq. 5; the diagonal as in Theis et al. 2018, arXiv:1801.05787, section 2.1',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'pictures',
  comparable: true,
  additive: true,
  open: (request) =>
    gradientVotes(request, 'hessian', { singly: true }, (part, gradient) =>
      sumByChannel(part, (index) => (part.values[index]! * gradient[index]!) ** 2),
    ),
};

import { oneOf } from '../../base/declaration.ts';

/** Keys of the step `prune` that say how a model is made ready for the cut. */
export const regularizeParameters = {
  regularize: oneOf(
    {
      none: 'The cut comes at once.',
      growing: 'The channels that were chosen shrink under a penalty that grows until nothing is left of them, while the others take over.',
    },
    {
      default: 'none',
      description: 'Training before each cut, as long and with the settings of `finetune`.',
      source: 'Wang et al. 2021, Neural pruning via growing regularization, arXiv:2012.09243, section 3.1',
    },
  ),
} as const;

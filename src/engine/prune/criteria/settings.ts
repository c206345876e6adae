import { Type } from '@sinclair/typebox';
import { oneOf, type Meanings } from '../../base/declaration.ts';

/** The criteria by name, without what they do: hosts that only offer them load nothing else. A test holds it against the list in index.ts. */
export const criterionSummaries = {
  l1: 'Sum of the magnitudes of the weights that make and read the channel.',
  l2: 'Sum of the squares of the weights that make and read the channel.',
  'bn-scale': 'Magnitude of the scale of the batch normalization behind the channel; for models that still have it.',
  lamp: 'The sum of squares over that of all channels of the group that are not smaller: the greatest of each group counts 1, so that a global choice empties none.',
  fpgm: 'How far the weights of the channel are from those of all others of its group: what lies in the middle can be replaced.',
  taylor: 'How much the loss changes without the channel, to first order; without labels, how much the outputs do.',
  hessian:
    'Squared weights times the curvature of the loss (diagonal, by squared gradients); without labels, of the change of the outputs.',
  activation: 'How much, or how often, anything comes through the channel, on pictures without labels.',
  reconstruction:
    'What the next layers lose without the channel after the others have made up for it by least squares, on pictures without labels.',
  random: 'By the seed alone: what every other criterion has to beat.',
} as const satisfies Meanings;

/** Of `criterion: activation`. */
export const activityParameter = oneOf(
  {
    mean: 'The mean magnitude of what the next layers read of it.',
    zeros: 'How rarely that is zero (one minus APoZ), for channels behind a ReLU.',
  },
  {
    default: 'mean',
    when: { criterion: ['activation'] },
    description: 'Of `criterion: activation`: what a channel is worth by.',
    source: 'Molchanov et al. 2017, arXiv:1611.06440, section 2.2; Hu et al. 2016, Network trimming, arXiv:1607.03250, eq. 1',
  },
);

/** Keys of the step `prune` that say what makes a channel important. */
export const criterionParameters = {
  criterion: Type.Optional(
    oneOf(criterionSummaries, {
      description:
        'What makes a channel important. `taylor`, `hessian`, `activation` and `reconstruction` look at pictures. By default `reconstruction` where there are pictures, else `l2`; of single weights (the sparse methods) their magnitude.',
    }),
  ),
  activity: activityParameter,
} as const;

import { Type } from '@sinclair/typebox';
import { oneOf } from '../../base/declaration.ts';

/** Names of the criteria, without what they do: hosts that only offer them load nothing else. A test holds it against the list in index.ts. */
export const criterionNames = [
  'l1',
  'l2',
  'bn-scale',
  'lamp',
  'fpgm',
  'taylor',
  'hessian',
  'activation',
  'reconstruction',
  'random',
] as const;

/** Of `criterion: activation`. */
export const activityParameter = oneOf(['mean', 'zeros'], {
  default: 'mean',
  description:
    'Of `criterion: activation`: what a channel is worth by. `mean`: the mean magnitude of what the next layers read of it; `zeros`: how rarely that is zero (one minus APoZ), for channels behind a ReLU.',
  source: 'Molchanov et al. 2017, arXiv:1611.06440, section 2.2; Hu et al. 2016, Network trimming, arXiv:1607.03250, eq. 1',
});

/** Keys of the step `prune` that say what makes a channel important. */
export const criterionParameters = {
  criterion: Type.Optional(
    oneOf(criterionNames, {
      description:
        'What makes a channel important. `taylor`, `hessian`, `activation` and `reconstruction` look at pictures. By default `reconstruction` where there are pictures, else `l2`; of single weights (the sparse methods) their magnitude.',
    }),
  ),
  activity: activityParameter,
} as const;

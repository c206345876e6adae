import { Type, type Static, type TObject } from '@sinclair/typebox';
import { oneOf } from '../../base/declaration.ts';
import type { Normalization } from '../importance/normalizations.ts';
import type { Reduction } from '../importance/reductions.ts';

/** Keys of the step `prune` that say which channels go and how many of which group. */
export const choiceParameters = {
  scope: Type.Optional(
    oneOf(
      {
        local: 'Every group loses the same part of its channels.',
        global: 'The least important channels of the whole model go.',
        isomorphic: 'Groups compete with those of the same kind of layers, and every kind loses the same part.',
      },
      {
        description:
          'Among which channels the choice is made. By default `global` where the criterion adds up errors (`reconstruction`) and `macs` or `parameters` is the goal, else `local`.',
        source: 'Fang et al. 2024, Isomorphic pruning, arXiv:2407.04616',
      },
    ),
  ),
  ratios: oneOf(
    {
      scope: 'As `scope` says, by importance alone.',
      sensitivity:
        'Each group is narrowed alone and the loss on validation pictures measured; groups that lose least for what they save go first.',
      search: 'Random widths of the wanted cost are cut, their statistics re-estimated, and the best by validation pictures is taken.',
    },
    {
      default: 'scope',
      description: 'How the widths of the groups are found.',
      source: 'Li et al. 2017, arXiv:1608.08710, section 3.1; Li et al. 2020, EagleEye, arXiv:2007.02491',
    },
  ),
  candidates: Type.Integer({
    minimum: 2,
    maximum: 10_000,
    default: 50,
    when: { ratios: ['search'] },
    unit: 'candidates',
    description: 'Random widths that `ratios: search` tries.',
    source: 'Li et al. 2020, EagleEye, arXiv:2007.02491, section 4.3',
  }),
  reduce: oneOf<Reduction>(
    {
      mean: 'The mean of what each says.',
      sum: 'Their sum: what many layers share counts more.',
      max: 'The layer that needs it most decides.',
      prod: 'Their product: one layer that needs it little is enough.',
      first: 'Only the first layer that makes it has a say.',
    },
    {
      default: 'mean',
      description: 'How the layers that share a channel vote on it.',
      source: 'Fang et al. 2023, DepGraph, arXiv:2301.12900, section 3.3',
    },
  ),
  normalize: oneOf<Normalization>(
    {
      none: 'By nothing.',
      mean: 'By its mean.',
      sum: 'By its sum: what wide groups have counts less.',
      max: 'By its greatest.',
      range: 'Spread from 0 for the least to 1 for the greatest.',
      gaussian: 'Taken as distance from the mean in standard deviations.',
    },
    {
      default: 'mean',
      description:
        'What the importance of a group is divided by before groups compete (`scope: global` and `isomorphic`). Criteria that are comparable by themselves (`lamp`, `reconstruction`, `random`) are left as they are.',
    },
  ),
  'round-to': Type.Integer({
    minimum: 1,
    maximum: 1024,
    default: 1,
    unit: 'channels',
    description:
      'Channels left are a multiple of it, or all. 16 suits blocked kernels of x86 CPUs with AVX-512 and boards that work on 16 channels at a time; 8 those with AVX2.',
  }),
  'min-channels': Type.Integer({ minimum: 1, default: 1, unit: 'channels', description: 'The fewest channels left of a group.' }),
  'max-ratio': Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.95,
    unit: 'part',
    description: 'The greatest part of a group that may go, so that a global choice empties no layer.',
  }),
} as const;

/** Of `choiceParameters`. */
export type ChoiceSettings = Static<TObject<typeof choiceParameters>>;

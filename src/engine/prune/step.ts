import { Type, type Static } from '@sinclair/typebox';
import { oneOf, type StepDeclaration } from '../base/declaration.ts';
import { choiceParameters } from './choose/settings.ts';
import { criterionParameters } from './criteria/settings.ts';
import { finetuneParameters, teacherParameter } from './finetune-settings.ts';
import { regularizeParameters } from './regularize/settings.ts';
import type { schedules } from './schedule/index.ts';
import { sparseParameters } from './sparse/settings.ts';

const share = { minimum: 0, maximum: 1 };

const parameters = Type.Object({
  method: oneOf(
    {
      channels: 'Whole channels are removed: the file is smaller, and faster everywhere.',
      weights: 'Single weights become 0.',
      'n-m': 'All but N of M neighbouring weights become 0 (`pattern`).',
      blocks: 'Whole blocks of weights become 0 (`block`).',
    },
    {
      default: 'channels',
      description: 'What is taken away. Zeros make the zipped file smaller; which runtimes are faster for them is said in the report.',
    },
  ),
  channels: Type.Optional(
    Type.Union([Type.Number(share), Type.Array(Type.Number(share), { minItems: 1 })], {
      unit: 'part',
      layer: true,
      examples: [0.5],
      description:
        'Part of the channels to remove from each group (`scope: local`), or of all (`global`). Half of them leaves about a quarter of the parameters of inner layers. A list gives one for each stage. By default 0.5, if no other goal is set.',
    }),
  ),
  parameters: Type.Optional(Type.Number({ ...share, unit: 'part', description: 'Part of the parameters that remains.' })),
  macs: Type.Optional(Type.Number({ ...share, unit: 'part', description: 'Part of the multiply-adds that remains.' })),
  latency: Type.Optional(
    Type.Number({ ...share, unit: 'part', description: 'Part of the time for one picture that remains, measured on this machine.' }),
  ),
  drop: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 100,
      description: 'As much as can go while the metric on validation pictures falls by no more than this, in its own unit.',
    }),
  ),
  ...criterionParameters,
  ...choiceParameters,
  ...regularizeParameters,
  compensate: Type.Boolean({
    default: true,
    description:
      'Layers that lose what they read make up for it: their weights are solved anew by least squares on the pictures (`calibration`, labels are not needed), one after the other. Without pictures nothing is.',
    source: 'He, Zhang and Sun, Channel pruning, arXiv:1707.06168; Luo et al., ThiNet, arXiv:1707.06342',
  }),
  steps: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 1,
    unit: 'rounds',
    description:
      'Rounds in which the goal is reached. Each cuts a part and trains (`finetune`) before the next: gentler, and as many times the cost.',
    source: 'Han et al., Learning both weights and connections, arXiv:1506.02626, section 3.4',
  }),
  schedule: oneOf<keyof typeof schedules>(
    {
      geometric: 'Each takes the same part of what is left, so the first ones take most.',
      linear: 'Each takes as much.',
    },
    { default: 'geometric', description: 'What is left after each round.' },
  ),
  ...sparseParameters,
  finetune: Type.Optional(finetuneParameters),
  teacher: teacherParameter('the model as it was before anything was pruned'),
});

export type PruneSettings = Static<typeof parameters>;

/** Step `prune` of a recipe. */
export const pruneStep = {
  name: 'prune',
  summary: 'Removes channels, or sets weights to zero.',
  parameters,
  starts: ['channels'],
} satisfies StepDeclaration<typeof parameters>;

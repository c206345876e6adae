import { Type, type Static } from '@sinclair/typebox';
import { oneOf } from '../base/declaration.ts';
import { normalizations, trainingParameters } from '../train/settings.ts';

const parameters = Type.Object({
  alpha: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.9,
    description: 'Part of the teacher in the loss; the rest is that of labels or targets. Without these the teacher is all; 0: no teacher.',
  }),
  temperature: Type.Number({
    minimum: 0.1,
    maximum: 100,
    default: 3,
    description: 'Softens the answers of classifiers: how much of what the teacher thinks of the wrong classes is told.',
  }),
  'feature-weight': Type.Number({
    minimum: 0,
    maximum: 1e6,
    default: 0,
    description:
      'Factor in the loss of how far the last maps of each size are from those that the unpruned model has in the same channels. Only where that is the teacher.',
    source: 'Romero et al., FitNets, arXiv:1412.6550, eq. 3',
  }),
  ...trainingParameters,
  epochs: { ...trainingParameters.epochs, default: 3, description: 'How often every training picture is seen in each round.' },
  'restore-normalization': Type.Boolean({
    default: true,
    description:
      'Convolutions without batch normalization (it was folded into them) get it for the time of the training, and are folded again: what was cut learns many times faster with it.',
  }),
  'learning-rate': Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 100,
      description:
        'The highest of the schedule. By default the highest of 0.01, 0.003, 0.001, 0.0003 and 0.0001 whose first steps leave the model no worse on validation pictures than the cut did.',
    }),
  ),
  'batch-normalization': Type.Optional(
    oneOf(normalizations, {
      description:
        'What batch normalization goes by. By default `frozen` where the layers have made up for the cut by least squares, so that the statistics hold, else `training`.',
    }),
  ),
  schedule: { ...trainingParameters.schedule, default: 'cosine' },
  ema: { ...trainingParameters.ema, default: 0.98 },
  'weight-decay': { ...trainingParameters['weight-decay'], default: 1e-4 },
});

/** Training behind a cut: as every step that trains, with the unpruned model as teacher. */
export const finetuneParameters = Type.Partial(parameters, {
  additionalProperties: false,
  description: 'Training after the cut, and between the rounds; left out: none.',
});

/** With defaults filled in. */
export type FinetuneSettings = Static<typeof parameters>;

/** Who teaches behind `finetune`; `byDefault`: who does where none is named. */
export const teacherParameter = (byDefault: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      model: true,
      description: `Of \`finetune\`: the model to learn from: a file, or the name of one of \`models\`. By default ${byDefault}.`,
    }),
  );

import { Type, type Static } from '@sinclair/typebox';
import { oneOf, type StepDeclaration } from '../base/declaration.ts';
import { lossesSetting } from './losses/index.ts';
import { headParameters, trainingParameters } from './settings.ts';

const parameters = Type.Object({
  teacher: Type.Optional(
    Type.String({
      minLength: 1,
      model: true,
      description:
        'The model to learn from: a file, or the name of one of `models`. By default the model that the recipe began with, for steps behind ones that took something away.',
      examples: ['resnet56.onnx'],
    }),
  ),
  alpha: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.9,
    description: 'Part of the teacher in the loss; the rest is that of labels or targets. Without these the teacher is all.',
    source: 'Hinton, Vinyals and Dean, arXiv:1503.02531, section 2',
  }),
  temperature: Type.Number({
    minimum: 0.1,
    maximum: 100,
    default: 3,
    description: 'Softens the answers of classifiers: how much of what the teacher thinks of the wrong classes is told.',
  }),
  features: oneOf(
    {
      none: 'Only the answers are compared.',
      hints: 'The maps themselves, through a 1×1 convolution that is learned.',
      attention: 'Only where the maps are large.',
    },
    {
      default: 'none',
      description: 'What of the inner values is compared as well.',
      source: 'Romero et al., FitNets, arXiv:1412.6550; Zagoruyko and Komodakis, arXiv:1612.03928',
    },
  ),
  'feature-weight': Type.Number({ minimum: 0, maximum: 1e6, default: 1, description: 'Factor of the inner values in the loss.' }),
  'feature-layers': Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description: 'Layers to compare: a name that both models have, or `STUDENT = TEACHER`. By default the end of every stage.',
    examples: [['/layer1/Relu', '/layer2/Relu = /stage2/Relu']],
  }),
  ...trainingParameters,
  ...headParameters,
  losses: lossesSetting,
});

export type DistillSettings = Static<typeof parameters>;

/** Step `distill` of a recipe: a student learns from a teacher. */
export const distillStep = {
  name: 'distill',
  summary: 'Trains the model to answer as a larger one does.',
  source: 'Hinton, Vinyals and Dean, Distilling the knowledge in a neural network, arXiv:1503.02531',
  parameters,
  starts: ['teacher', 'epochs'],
} satisfies StepDeclaration<typeof parameters>;

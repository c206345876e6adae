import { Type, type Static } from '@sinclair/typebox';
import { oneOf, type StepDeclaration } from '../base/declaration.ts';
import { qatStep } from '../qat/step.ts';
import { trainingParameters } from '../train/settings.ts';
import { budgetSetting } from './budget/settings.ts';
import { jointPruneSetting, jointQatSetting } from './inner-settings.ts';
import { jointLossesSetting } from './losses-setting.ts';

const { alpha, temperature } = qatStep.parameters.properties;

const parameters = Type.Object({
  tune: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description:
        'Models of the chain that are trained (rounded, pruned), by alias. By default all. The others stay as they came, also where an earlier step has rounded them.',
      examples: [['enhance', 'detect']],
    }),
  ),
  losses: jointLossesSetting,
  rates: Type.Optional(
    Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1000 }), {
      description: 'Learning rate by alias, as a multiple of `learning-rate`. By default 1.',
      examples: [{ enhance: 0.1 }],
    }),
  ),
  order: oneOf(
    {
      simultaneous: 'All tuned models with every step.',
      alternating: 'One model an epoch, in the order of `tune`; the others stand still meanwhile.',
    },
    { default: 'simultaneous', description: 'Which of the models a step changes.' },
  ),
  'teacher-sees': oneOf(
    {
      input: 'The pictures that the chain gets.',
      clean:
        'The same pictures before degradations (of `augment`, else of `degrade`): the chain learns to answer as the float chain does where nothing is degraded.',
    },
    { default: 'input', description: 'What the float chain looks at while it teaches.' },
  ),
  alpha,
  temperature,
  ...trainingParameters,
  epochs: { ...trainingParameters.epochs, default: 3 },
  'learning-rate': { ...trainingParameters['learning-rate'], default: 1e-4 },
  schedule: { ...trainingParameters.schedule, default: 'cosine' },
  'warm-up': { ...trainingParameters['warm-up'], default: 0.3 },
  'batch-normalization': { ...trainingParameters['batch-normalization'], default: 'frozen' },
  'weight-decay': { ...trainingParameters['weight-decay'], default: 0 },
  compare: Type.Boolean({
    default: false,
    description:
      'Also makes what this step is to be better than: each tuned model alone (rounded after training, and trained alone), and these put together. Test pictures then give one table. Takes about as long again for each model and once more.',
  }),
  qat: jointQatSetting,
  prune: jointPruneSetting,
  budget: budgetSetting,
});

export type JointSettings = Static<typeof parameters>;

/** Step `joint` of a recipe: models of a chain are trained as one. */
export const jointStep = {
  name: 'joint',
  summary: 'Trains the models of a chain as one: one loss, at the end and where they meet, with rounding and pruning inside.',
  parameters,
  starts: ['losses', 'epochs'],
  chained: true,
} satisfies StepDeclaration<typeof parameters>;

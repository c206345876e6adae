import { Type, type Static, type TObject } from '@sinclair/typebox';
import { oneOf } from '../base/declaration.ts';
import type { schedules } from './schedules/index.ts';

/** What batch normalization goes by while a model is trained. */
export const normalizations = {
  training: "By each batch's own mean and variance, which the stored ones follow.",
  frozen: 'By the stored ones.',
  're-estimate': 'As `training`, and the stored ones are measured anew before the model is.',
} as const;

/** What every step that trains can be told: spread into the declarations of `train`, `distill`, `qat`. */
export const trainingParameters = {
  epochs: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 10,
    unit: 'epochs',
    description: 'How often every training picture is seen.',
  }),
  'max-steps': Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100_000_000,
      unit: 'steps',
      description: 'Ends after this many steps, also within an epoch. By default the epochs decide.',
    }),
  ),
  batch: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 4096,
      unit: 'pictures',
      description:
        'Pictures that go through the network together. By default `batch` of the training data, or 128, with fewer than 1,024 pictures so many that an epoch has eight steps.',
    }),
  ),
  accumulate: Type.Integer({
    minimum: 1,
    maximum: 1024,
    default: 1,
    unit: 'batches',
    description: 'Batches whose gradients are averaged for one step: larger steps without more memory.',
  }),
  optimizer: oneOf(
    {
      adam: 'Steps by the gradient over its running size: each weight has a rate of its own.',
      adamw: 'The same with weight decay apart from the gradient.',
      sgd: 'Plain gradient descent with `momentum`.',
    },
    {
      default: 'adam',
      description: 'How the weights follow the gradient.',
      source: 'Kingma and Ba, Adam, arXiv:1412.6980; Loshchilov and Hutter, AdamW, arXiv:1711.05101',
    },
  ),
  'learning-rate': Type.Number({ exclusiveMinimum: 0, maximum: 100, default: 1e-3, description: 'The highest of the schedule.' }),
  schedule: oneOf<keyof typeof schedules>(
    {
      constant: 'It stays as it is.',
      step: 'Times `decay-factor` every `decay-epochs`.',
      cosine: 'By half a cosine to 0 at the end.',
      'one-cycle': 'Rises from 1/25 over the first 30 % of the training, then falls by a cosine to almost 0.',
    },
    {
      default: 'step',
      description: 'How the learning rate falls.',
      source: 'Loshchilov and Hutter, SGDR, arXiv:1608.03983 (cosine); Smith and Topin, Super-convergence, arXiv:1708.07120 (one-cycle)',
    },
  ),
  'decay-epochs': Type.Number({
    exclusiveMinimum: 0,
    maximum: 10_000,
    default: 15,
    unit: 'epochs',
    when: { schedule: ['step'] },
    description: 'Of `schedule: step`: after how many the learning rate falls, again and again.',
  }),
  'decay-factor': Type.Number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.1,
    when: { schedule: ['step'] },
    description: 'Of `schedule: step`: what the learning rate is multiplied by.',
  }),
  'warm-up': Type.Number({
    minimum: 0,
    maximum: 10_000,
    default: 0,
    unit: 'epochs',
    description: 'The learning rate rises by a straight line over so many before the schedule begins.',
    source: 'Goyal et al., Accurate, large minibatch SGD, arXiv:1706.02677, section 2.2',
  }),
  'weight-decay': Type.Number({
    minimum: 0,
    maximum: 10,
    default: 1e-3,
    description: 'Share of itself that each weight loses, times the learning rate; biases, scales and shifts lose none.',
  }),
  momentum: Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.9,
    when: { optimizer: ['sgd'] },
    description: 'Of `optimizer: sgd`.',
  }),
  nesterov: Type.Boolean({
    default: false,
    when: { optimizer: ['sgd'] },
    description: 'Of `optimizer: sgd`: the gradient is corrected by the momentum to come.',
    source: 'Sutskever et al., On the importance of initialization and momentum, ICML 2013',
  }),
  'label-smoothing': Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description: 'Part of each label that is spread evenly over all classes.',
    source: 'Szegedy et al., Rethinking the Inception architecture, arXiv:1512.00567, section 7',
  }),
  'class-weights': Type.Union(
    [
      oneOf({ none: 'Each picture as much as another.', balanced: 'Rare classes as much as common ones.' }, {}),
      Type.Array(Type.Number({ minimum: 0 }), { minItems: 2 }),
    ],
    {
      default: 'none',
      description: 'What a picture of each class counts. Or one number a class, in the order of their names.',
    },
  ),
  clip: Type.Number({
    minimum: 0,
    default: 0,
    description: 'Longest gradient of all weights together (Euclidean norm): a longer one is shortened to it. 0: any length.',
    source: 'Pascanu et al., On the difficulty of training recurrent neural networks, arXiv:1211.5063',
  }),
  ema: Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description:
      'The weights that are measured and kept are a running mean over steps with this decay (0.999, say). 0: the weights themselves.',
    source: 'Polyak and Juditsky 1992; as used by Tan and Le, EfficientNet, arXiv:1905.11946',
  }),
  'batch-normalization': oneOf(normalizations, { default: 'training', description: 'What batch normalization goes by.' }),
  'freeze-batch-normalization': Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 10_000,
      unit: 'epochs',
      description: 'After so many epochs batch normalization keeps to its stored values. By default never.',
    }),
  ),
  freeze: Type.Array(Type.String({ minLength: 1, format: 'layer' }), {
    default: [],
    description: 'Layers that stay as they are: names, patterns with `*`, or operators.',
    examples: [['/features/*']],
  }),
  patience: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      unit: 'epochs',
      description: 'Ends early once the validation pictures have not gone better for so many. By default all epochs are trained.',
    }),
  ),
  'checkpoint-every': Type.Integer({
    minimum: 0,
    maximum: 100_000_000,
    default: 200,
    unit: 'steps',
    description:
      'The state is kept after so many steps and after each epoch: a killed training goes on from there. 0: after each epoch only.',
  }),
} as const;

/** What steps besides can be told whose result need not be the model that it was: `train` and `distill`. */
export const headParameters = {
  classes: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: 1_000_000,
      description:
        "Replaces the last linear layer or 1×1 convolution by a new one for this many classes and keeps the rest. By default the model's own.",
    }),
  ),
} as const;

/** Of every step that trains. */
export type TrainingSettings = Static<TObject<typeof trainingParameters>>;

/** Of `headParameters`. */
export type HeadSettings = Static<TObject<typeof headParameters>>;

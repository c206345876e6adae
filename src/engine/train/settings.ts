import { Type, type Static } from '@sinclair/typebox';
import { schedules } from './schedules/index.ts';

const oneOf = <const Names extends readonly string[]>(names: Names, options: Record<string, unknown>) =>
  Type.Unsafe<Names[number]>(
    Type.Union(
      names.map((name) => Type.Literal(name)),
      options,
    ),
  );

/** What every step that trains can be told: spread into the declarations of `train`, `distill`, `qat`. */
export const trainingParameters = {
  epochs: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 10,
    unit: 'epochs',
    description: 'How often every training picture is seen.',
  }),
  batch: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 4096,
      unit: 'pictures',
      description: 'Pictures of one step. By default `batch` of the training data, or 128.',
    }),
  ),
  optimizer: oneOf(['adam', 'adamw', 'sgd'], {
    default: 'adam',
    description: '`sgd` with momentum; `adam`; `adamw`: weight decay apart from the gradient.',
    source: 'Kingma and Ba, Adam, arXiv:1412.6980; Loshchilov and Hutter, AdamW, arXiv:1711.05101',
  }),
  'learning-rate': Type.Number({ exclusiveMinimum: 0, maximum: 100, default: 1e-3, description: 'The highest of the schedule.' }),
  schedule: oneOf(Object.keys(schedules) as (keyof typeof schedules)[], {
    default: 'step',
    description: 'How the learning rate falls. `step`: times 0.1 every 15 epochs.',
    source: 'Loshchilov and Hutter, SGDR, arXiv:1608.03983 (cosine); Smith and Topin, Super-convergence, arXiv:1708.07120 (one-cycle)',
  }),
  'weight-decay': Type.Number({
    minimum: 0,
    maximum: 10,
    default: 1e-3,
    description: 'Share of itself that each weight loses, times the learning rate; biases, scales and shifts lose none.',
  }),
  momentum: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0.9, description: 'Of `optimizer: sgd`.' }),
  freeze: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description: 'Layers that stay as they are: names, patterns with `*`, or operators.',
    examples: [['/features/*']],
  }),
} as const;

const parameters = Type.Object(trainingParameters);

/** Of every step that trains. */
export type TrainingSettings = Static<typeof parameters>;

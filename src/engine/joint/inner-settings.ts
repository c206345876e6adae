import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import { sparseParameters } from '../prune/sparse/settings.ts';
import { pruneStep, type PruneSettings } from '../prune/step.ts';
import { qatStep, type QatSettings } from '../qat/step.ts';
import { trainingParameters } from '../train/settings.ts';

/** What `joint` says itself, for all that is trained. */
const shared = new Set([...Object.keys(trainingParameters), 'alpha', 'temperature']);

const without = (properties: Readonly<Record<string, TSchema>>, left: ReadonlySet<string>): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !left.has(key)));

/** What is not written stays unsaid: it is as elsewhere. */
const withoutDefaults = (properties: Readonly<Record<string, TSchema>>): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(properties).map(([key, { default: _, ...schema }]) => [key, schema as TSchema]));

/** Setting `qat`: all that says how things are rounded, and by which method rounding is learned. */
export const jointQatSetting = Type.Optional(
  Type.Unsafe<Partial<QatSettings>>(
    Type.Partial(Type.Object(without(qatStep.parameters.properties, shared)), {
      additionalProperties: false,
      description: 'Rounds the tuned models while they are trained: keys of the step `qat`. Left out: they stay float.',
      examples: [{ weights: 8 }, { method: 'inq' }],
    }),
  ),
);

/** Zeros are another matter: `prune` with a sparse method before this step leaves them, and they stay. */
const leftOfPrune = new Set(['teacher', 'method', 'channels', 'finetune', ...Object.keys(sparseParameters)]);

const finetune = Type.Optional(
  Type.Partial(
    Type.Object(withoutDefaults({ ...trainingParameters, epochs: { ...trainingParameters.epochs, description: 'Of each round.' } })),
    {
      additionalProperties: false,
      description:
        'Training after each cut, by the losses of this step. What is not written is as in the step itself. Left out: none but that of the step, behind the last cut.',
      examples: [{ epochs: 2 }],
    },
  ),
);

const channels = Type.Optional(
  Type.Union([pruneStep.parameters.properties.channels, Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }))], {
    unit: 'part',
    examples: [0.3, { enhance: 0.25, detect: 0.5 }],
    description: 'As of the step `prune`; or a part for each model by alias, and none of those that are not named.',
  }),
);

/** Setting `prune` of `joint`. */
export type JointPrune = Omit<PruneSettings, 'channels' | 'finetune' | 'teacher'> &
  Static<TObject<{ channels: typeof channels; finetune: typeof finetune }>>;

/** Setting `prune`: what goes, of the chain as a whole. */
export const jointPruneSetting = Type.Optional(
  Type.Unsafe<JointPrune>(
    Type.Partial(Type.Object({ channels, ...without(pruneStep.parameters.properties, leftOfPrune), finetune }), {
      additionalProperties: false,
      description: 'Removes channels of the tuned models first: keys of the step `prune`, costs counted over the whole chain.',
      examples: [{ macs: 0.7 }, { channels: 0.3, steps: 3, finetune: { epochs: 2 } }],
    }),
  ),
);

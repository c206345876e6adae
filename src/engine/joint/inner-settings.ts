import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import { sparseParameters } from '../prune/sparse/settings.ts';
import { pruneStep, type PruneSettings } from '../prune/step.ts';
import { qatStep, type QatSettings } from '../qat/step.ts';
import { trainingParameters } from '../train/settings.ts';

/** What `joint` says itself, for all that is trained. */
const shared = new Set([...Object.keys(trainingParameters), 'alpha', 'temperature']);

const without = (properties: Readonly<Record<string, TSchema>>, left: ReadonlySet<string>): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !left.has(key)));

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
const leftOfPrune = new Set(['teacher', 'method', 'channels', ...Object.keys(sparseParameters)]);

const channels = Type.Optional(
  Type.Union([pruneStep.parameters.properties.channels, Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }))], {
    unit: 'part',
    examples: [0.3, { enhance: 0.25, detect: 0.5 }],
    description: 'As of the step `prune`; or a part for each model by alias, and none of those that are not named.',
  }),
);

/** Setting `prune` of `joint`. */
export type JointPrune = Omit<Partial<PruneSettings>, 'channels'> & Static<TObject<{ channels: typeof channels }>>;

/** Setting `prune`: what goes, of the chain as a whole. */
export const jointPruneSetting = Type.Optional(
  Type.Unsafe<JointPrune>(
    Type.Partial(Type.Object({ channels, ...without(pruneStep.parameters.properties, leftOfPrune) }), {
      additionalProperties: false,
      description:
        'Removes channels of the tuned models first: keys of the step `prune`, costs counted over the whole chain. `finetune` trains by the losses of this step after each round.',
      examples: [{ macs: 0.7 }, { channels: 0.3, steps: 3, finetune: { epochs: 2 } }],
    }),
  ),
);

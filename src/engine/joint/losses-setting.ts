import { Type, type TSchema } from '@sinclair/typebox';
import { lossesParameter } from '../train/losses/declaration.ts';
import { losses, type LossesSetting } from '../train/losses/index.ts';

const weight = { minimum: 0, maximum: 1e6 };

/** A weight, with what is usual at this place, or losses by name. */
export type JointLoss = number | (LossesSetting & { readonly agreement?: number });

/** Setting `losses`: by place of the chain, `alias` or `alias.output`. */
export type JointLosses = Readonly<Record<string, JointLoss>>;

const named = lossesParameter(losses);

const one = Type.Union([
  Type.Number(weight),
  {
    ...named,
    properties: {
      agreement: Type.Optional(Type.Number({ ...weight, description: 'How far it is from what the float chain has there.' })),
      ...(named['properties'] as Record<string, TSchema>),
    },
    description: 'Losses by name, as `losses` of the step `train` has them.',
  } as TSchema,
]);

export const jointLossesSetting = Type.Optional(
  Type.Unsafe<JointLosses>(
    Type.Record(Type.String({ pattern: '^[^.\\s]+([.].+)?$' }), one, {
      description:
        "What is made small together, by place: `alias` is that model's answer (what labels, boxes or targets say, and the float chain besides), `alias.output` a picture on its way (its target where pictures have one, else what the float chain has there). Numbers are weights. By default the answers of the models at the end count 1.",
      examples: [{ detect: 1, 'enhance.enhanced': 0.1 }],
    }),
  ),
);

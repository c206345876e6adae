import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import type { Declaration } from '../../base/declaration.ts';
import type { InputSettings } from '../../data/types.ts';
import type { Loss } from './loss.ts';

/** What a training knows that losses may need, beside their own settings. */
export interface LossWiring {
  /** How pictures become the network's input. */
  readonly input?: InputSettings;
  /** Part of a label that is spread over all classes. */
  readonly smoothing?: number;
  readonly classWeights?: readonly number[];
}

/** A loss that recipes can name, with its own settings. One file each, and a line in `index.ts`. */
export interface LossDeclaration<Parameters extends TObject = TObject> extends Declaration<Parameters> {
  /** What every batch must bring. */
  readonly compares: 'labels' | 'targets';
  make(settings: Static<Parameters>, wiring: LossWiring): Loss;
}

const weight = Type.Number({ minimum: 0, maximum: 1e6, description: 'Its factor in the sum.' });

/** The setting `losses`: a weight for each loss, or its settings with the weight among them. */
export const lossesParameter = (declarations: readonly LossDeclaration[]): TSchema =>
  Type.Object(
    Object.fromEntries(
      declarations.map(({ name, summary, source, parameters }) => {
        const { properties } = parameters;
        const options = { description: summary, ...(source ? { source } : {}) };
        const own = Type.Partial(Type.Object({ weight: { ...weight, default: 1 }, ...properties }), { additionalProperties: false });
        return [
          name,
          Type.Optional(Object.keys(properties).length ? Type.Union([weight, own], options) : Type.Number({ ...weight, ...options })),
        ];
      }),
    ),
    {
      additionalProperties: false,
      description: 'What is made small: a weight by loss, or its settings. By default what fits the task.',
      examples: [{ charbonnier: 1, ssim: 0.2 }],
    },
  );

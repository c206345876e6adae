import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import type { Declaration } from '../../base/declaration.ts';
import type { DecodeDeclaration } from '../../data/source.ts';
import type { InputSettings } from '../../data/types.ts';
import type { Loss } from './loss.ts';

/** What a training knows of boxes. */
export interface BoxWiring {
  /** The detector whose outputs the model's are like. */
  readonly decode: DecodeDeclaration['kind'];
  /** Boxes that a batch may have: there is room for so many. */
  readonly rows: number;
  /** Highest class of a box and one. */
  readonly classes: number;
  /** Of a box, at most. */
  readonly landmarks: number;
  /** What a box counts, by class; absent: all the same. */
  readonly classWeights?: readonly number[];
  /** Order of the dimensions of the model's input, in whose pixels boxes are. */
  readonly layout: 'nchw' | 'nhwc';
}

/** What a training knows that losses may need, beside their own settings. */
export interface LossWiring {
  /** How pictures become the network's input. */
  readonly input?: InputSettings;
  /** Part of a label that is spread over all classes. */
  readonly smoothing?: number;
  readonly classWeights?: readonly number[];
  readonly boxes?: BoxWiring;
}

/** A loss that recipes can name, with its own settings. One file each, and a line in `index.ts`. */
export interface LossDeclaration<Parameters extends TObject = TObject> extends Declaration<Parameters> {
  /** What every batch must bring. */
  readonly compares: 'labels' | 'targets' | 'boxes';
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

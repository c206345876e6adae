import { Type, type Static } from '@sinclair/typebox';

const percent = '^\\s*\\d+(\\.\\d+)?\\s*%\\s*$';

/** So much, or a part of what the float chain takes with 8 bits everywhere. */
const amount = (unit: string, description: string, example: number) =>
  Type.Optional(
    Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.String({ pattern: percent })], {
      unit: `${unit}, or per cent of the chain with every layer at 8 bits`,
      description,
      examples: ['50%', example],
    }),
  );

/** Parts of a model's channels that may go. */
export const usualRatios: readonly number[] = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75];

const parameters = Type.Object({
  bytes: amount('bytes', 'Packed weights of all models together.', 100_000),
  macs: amount('multiply-adds', 'Multiply-adds of all models together, for one picture. Only channels that go save any.', 50_000_000),
  'bit-operations': amount('bit operations', 'Multiply-adds × bits of weights × bits of activations of all models together.', 1e9),
  latency: amount('ms', 'One picture through the whole chain, measured on this machine.', 5),
  drop: Type.Optional(
    Type.Number({
      minimum: 0,
      unit: "the metric's: per cent points, dB",
      description: 'Loss of the metric of the whole chain that is allowed on validation pictures, for the fewest bytes.',
    }),
  ),
  widths: Type.Optional(
    Type.Array(Type.Union([Type.Integer({ minimum: 2, maximum: 16 }), Type.Literal('float')]), {
      minItems: 1,
      unit: 'bits',
      description: 'Widths of weights that layers may get. By default 2, 3, 4, 6, 8 and float, as far as the target takes them.',
      examples: [[4, 8]],
    }),
  ),
  ratios: Type.Array(Type.Number({ minimum: 0, maximum: 0.95 }), {
    default: usualRatios,
    unit: 'part',
    description: 'Parts of its channels that a model may lose, where channels are pruned; none at all is always among them.',
  }),
});

/** Of `budgetSetting`, defaults filled in. */
export type BudgetSettings = Static<typeof parameters>;

/** Setting `budget` of the step `joint`: what all models of the chain may take together. */
export const budgetSetting = Type.Optional(
  Type.Unsafe<BudgetSettings>(
    Type.Partial(parameters, {
      additionalProperties: false,
      description:
        'What all models of the chain may take together, one of `bytes`, `macs`, `bit-operations`, `latency` and `drop`: widths (with `qat`) and parts of the channels that go (with `prune`) are chosen so that the answer of the chain changes least, measured on validation pictures.',
      examples: [{ bytes: '50%' }, { macs: '70%', ratios: [0.25, 0.5] }],
    }),
  ),
);

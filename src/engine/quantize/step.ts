import { Type, type Static, type TSchema } from '@sinclair/typebox';
import type { StepDeclaration } from '../base/declaration.ts';
import { rangeEstimators } from '../calibrate/index.ts';

const oneOf = <const Names extends readonly string[]>(names: Names, options: Record<string, unknown>) =>
  Type.Unsafe<Names[number]>(
    Type.Union(
      names.map((name) => Type.Literal(name)),
      options,
    ),
  );

const patterns = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { default: [], description, examples: [['/layer1/*', 'Gemm']] });

/** Parameters of the range estimators stand beside `calibrate`; each says for which one it is. */
function estimatorParameters(): Record<string, TSchema> {
  const found: Record<string, TSchema> = {};
  for (const { declaration } of rangeEstimators) {
    for (const [key, schema] of Object.entries(declaration.parameters.properties)) {
      found[key] = { ...schema, description: `${schema.description ?? ''} For \`calibrate: ${declaration.name}\`.` };
    }
  }
  return found;
}

const parameters = Type.Object({
  method: oneOf(['static', 'dynamic', 'weight-only'], {
    default: 'static',
    description:
      '`static`: integer kernels with ranges from calibration pictures. `dynamic`: matrix products and convolutions measure their input anew at every run, which costs convolutions more than it gains; no pictures needed. `weight-only`: a smaller file, no faster, only the stored weights are integers.',
  }),
  weights: Type.Union([Type.Integer({ minimum: 2, maximum: 8 }), Type.Literal('float')], {
    default: 8,
    unit: 'bits',
    layer: true,
    description: 'Width of the weights. Below 8 they still occupy 8 bits each, so that integer kernels can run them.',
  }),
  activations: Type.Union([Type.Literal(8), Type.Literal('float')], {
    default: 8,
    unit: 'bits',
    layer: true,
    description: 'Width of what flows between the layers; `float` leaves a layer with rounded weights only. Used by `method: static`.',
  }),
  granularity: oneOf(['channel', 'tensor'], {
    default: 'channel',
    layer: true,
    description: 'One scale for each output channel of the weights, or one for the whole tensor.',
    source: 'Krishnamoorthi, Quantizing deep convolutional networks for efficient inference, arXiv:1806.08342, section 3.1',
  }),
  symmetric: Type.Boolean({
    default: false,
    description:
      'Activations get the middle of their integers as zero point. Costs a bit of precision behind every ReLU. Used by `method: static`.',
  }),
  'activation-type': oneOf(['uint8', 'int8'], {
    default: 'uint8',
    description:
      'Integers that activations are stored in. With `int8`, ONNX Runtime keeps a ReLU behind a convolution as a slow step of its own. Used by `method: static`.',
  }),
  'symmetric-weights': Type.Boolean({
    default: true,
    layer: true,
    description:
      'Weights have the zero point in the middle. Without it every channel gets its own zero point, stored as uint8: slower kernels.',
  }),
  'weight-type': oneOf(['auto', 'int8', 'uint8'], {
    default: 'auto',
    layer: true,
    description:
      'Integers that weights are stored in. `auto` takes int8, with scales that cannot saturate on any CPU of the target, and uint8 (slower) for a layer that would lose precision by it.',
    source: 'Intel SDM, VPMADDUBSW; onnxruntime.ai, Quantize ONNX models, "U8S8 can lead to saturation"',
  }),
  'weight-range': oneOf(['mse', 'max'], {
    default: 'mse',
    layer: true,
    description: 'Scale of the weights: the one with the least squared error, or the one that just holds the largest weight.',
  }),
  calibrate: Type.String({
    enum: rangeEstimators.map((estimator) => estimator.declaration.name),
    default: 'minmax',
    description: 'How the range of an activation follows from what the calibration pictures showed. Used by `method: static`.',
  }),
  ...estimatorParameters(),
  'correct-bias': Type.Boolean({
    default: true,
    description: 'Takes the mean shift that rounding of the weights causes out of each bias. Used by `method: static`.',
    source:
      'Nagel et al., Data-free quantization through weight equalization and bias correction, arXiv:1906.04721, section 4.2; means measured on the calibration pictures',
  }),
  include: patterns('Quantize only these layers: names, patterns with `*`, or operators. Empty: all.'),
  exclude: patterns('Leave these layers in float: names, patterns with `*`, or operators.'),
});

export type QuantizeSettings = Static<typeof parameters>;

/** Step `quantize` of a recipe: post-training quantization to 8-bit integers, written as ONNX. */
export const quantizeStep = {
  name: 'quantize',
  summary: 'Rounds weights and activations to 8-bit integers after training, as an ONNX model that integer kernels run.',
  source: 'ONNX QuantizeLinear-13, DequantizeLinear-13; Jacob et al., arXiv:1712.05877',
  parameters,
  needs: (settings) => (settings.method === 'static' && settings.activations !== 'float' ? ['calibration'] : []),
} satisfies StepDeclaration<typeof parameters>;

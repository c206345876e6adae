import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { oneOf, summaries, type StepDeclaration } from '../base/declaration.ts';
import { rangeEstimators } from '../calibrate/index.ts';

const patterns = (description: string) =>
  Type.Array(Type.String({ minLength: 1, format: 'layer' }), { default: [], description, examples: [['/layer1/*', 'Gemm']] });

/** Parameters of the range estimators stand beside `calibrate`; each says for which one it is. */
function estimatorParameters(): Record<string, TSchema> {
  const found: Record<string, TSchema> = {};
  for (const { declaration } of rangeEstimators) {
    for (const [key, schema] of Object.entries(declaration.parameters.properties)) {
      const before = (found[key]?.['when'] as { calibrate: string[] } | undefined)?.calibrate ?? ['auto'];
      found[key] = {
        ...schema,
        // `auto` may choose any of them.
        when: { calibrate: [...before, declaration.name] },
        description: `${schema.description ?? ''} For \`calibrate: ${declaration.name}\`.`,
      };
    }
  }
  return found;
}

const parameters = Type.Object({
  method: oneOf(
    {
      static: 'Integer kernels with ranges from calibration pictures.',
      dynamic:
        'Matrix products and convolutions measure their input anew at every run, which costs convolutions more than it gains; no pictures needed.',
      'weight-only': 'A smaller file, no faster: only the stored weights are integers.',
    },
    { default: 'static', description: 'What becomes integers, and where ranges come from.' },
  ),
  weights: Type.Union(
    [
      Type.Integer({ minimum: 2, maximum: 8 }),
      Type.Literal(16, { description: 'No integer kernel: the layer runs in float.' }),
      oneOf(
        {
          ternary: '-1, 0 and 1 times a scale.',
          binary: 'The sign times a scale.',
          float: 'The layer is not quantized.',
        },
        {},
      ),
    ],
    {
      default: 8,
      unit: 'bits',
      layer: true,
      description: 'Width of the weights. How many bits weights occupy in the file is said by `storage`.',
      source: 'Li et al., Ternary weight networks, arXiv:1605.04711; Rastegari et al., XNOR-Net, arXiv:1603.05279, section 3.1',
    },
  ),
  activations: Type.Union(
    [
      Type.Integer({ minimum: 2, maximum: 8 }),
      Type.Literal(16, { description: 'No integer kernel: the layer runs in float.' }),
      oneOf({ float: 'Only the weights of the layer are rounded.' }, {}),
    ],
    {
      default: 8,
      when: { method: ['static'] },
      unit: 'bits',
      layer: true,
      description:
        'Width of what a layer reads. Inputs and outputs of the model, and values that no layer with weights reads, keep 8 bits where this is less. Used by `method: static`.',
    },
  ),
  granularity: oneOf(
    {
      channel: 'One scale for each output channel.',
      tensor: 'One scale for the whole tensor.',
      block: 'One scale for every `block-size` weights of a channel. Has no integer kernels: the layer runs in float.',
    },
    {
      default: 'channel',
      layer: true,
      description: 'Which weights share a scale. Not with `method: dynamic`.',
      source: 'Krishnamoorthi, Quantizing deep convolutional networks for efficient inference, arXiv:1806.08342, section 3.1',
    },
  ),
  'block-size': Type.Integer({
    minimum: 8,
    maximum: 4096,
    default: 32,
    unit: 'weights',
    when: { granularity: ['block'] },
    layer: true,
    description:
      'Neighbours along the input channels that share a scale; a layer with fewer input channels takes one scale a channel. For `granularity: block`.',
    source: 'ONNX DequantizeLinear-21, block_size',
  }),
  storage: oneOf(
    {
      runnable: 'Weights below 8 bits occupy 8 each, so that integer kernels run them.',
      packed:
        'In the smallest ONNX type that holds them (int4 up to 4 bits): a smaller file, no faster. ONNX Runtime runs matrix products with such weights as MatMulNBits, which rounds what it reads to 8 bits.',
    },
    {
      default: 'runnable',
      description: 'What weights of few bits occupy in the file. Not with `method: dynamic`.',
      source: 'ONNX DequantizeLinear-21 (int4, uint4)',
    },
  ),
  scales: oneOf(
    { float: 'Any number.', 'power-of-two': '2^-n (a fix position), so that rescaling is a shift.' },
    {
      default: 'float',
      description: 'What a scale may be.',
      source: 'AMD UG1414, Vitis AI Quantizer Flow; Jain et al., TQT, arXiv:1903.08066',
    },
  ),
  symmetric: Type.Boolean({
    default: false,
    when: { method: ['static'] },
    description:
      'Activations get the middle of their integers as zero point. Costs a bit of precision behind every ReLU. Used by `method: static`.',
  }),
  'activation-type': oneOf(
    {
      uint8: 'From 0; uint16 where they have 16 bits.',
      int8: 'With a sign; int16 where they have 16 bits. ONNX Runtime keeps a ReLU behind a convolution as a slow step of its own.',
    },
    { default: 'uint8', when: { method: ['static'] }, description: 'Integers that activations are stored in. Used by `method: static`.' },
  ),
  'symmetric-weights': Type.Boolean({
    default: true,
    layer: true,
    description:
      'Weights have the zero point in the middle. Without it every channel gets its own zero point, stored as uint8 (uint16, uint4): slower kernels.',
  }),
  'weight-type': oneOf(
    {
      auto: 'int8, with scales that cannot saturate on any CPU of the target, and uint8 (slower) for a layer that would lose precision by it.',
      int8: 'With a sign: the kernels that most CPUs are fastest with.',
      uint8: 'From 0: never saturates, slower.',
    },
    {
      default: 'auto',
      layer: true,
      description: 'Integers that weights of up to 8 bits are stored in, or uint4 and int4 where they are packed.',
      source: 'Intel SDM, VPMADDUBSW; onnxruntime.ai, Quantize ONNX models, "U8S8 can lead to saturation"',
    },
  ),
  'weight-range': oneOf(
    { mse: 'The one with the least squared error.', max: 'The one that just holds the largest weight.' },
    { default: 'mse', layer: true, description: 'Scale of the weights; `ternary` and `binary` have their own.' },
  ),
  calibrate: oneOf<string>(
    {
      auto: '`minmax` at 8 bits and more; below, or with `scales: power-of-two`, `mse`, because what never clips wastes steps.',
      ...summaries(rangeEstimators.map(({ declaration }) => declaration)),
    },
    {
      default: 'auto',
      when: { method: ['static'] },
      description: 'How the range of an activation follows from what the calibration pictures showed. Used by `method: static`.',
    },
  ),
  ...estimatorParameters(),
  'correct-bias': Type.Boolean({
    default: true,
    when: { method: ['static'] },
    description: 'Takes the mean shift that rounding of the weights causes out of each bias. Used by `method: static`.',
    source:
      'Nagel et al., Data-free quantization through weight equalization and bias correction, arXiv:1906.04721, section 4.2; means measured on the calibration pictures',
  }),
  'bias-passes': Type.Union(
    [
      oneOf(
        {
          auto: 'Until the means agree, at most five times, for layers of `granularity: tensor`, `scales: float` and `round: nearest`; otherwise not at all, because it gains nothing there.',
        },
        {},
      ),
      Type.Integer({ minimum: 0, maximum: 5 }),
    ],
    {
      default: 'auto',
      unit: 'passes',
      description:
        'Runs the quantized model this many times over up to 64 calibration pictures, and takes what its channels are off on average, behind their ReLU, out of the biases. For `correct-bias: true`, `method: static`.',
      source: 'Nagel et al., arXiv:1906.04721, appendix D (empirical bias correction), all layers at once',
    },
  ),
  statistics: oneOf(
    {
      pictures: 'Calibration pictures.',
      'batch-norm': 'The batch normalization of the model itself: needs no pictures, and is less exact.',
    },
    {
      default: 'pictures',
      when: { method: ['static'] },
      description: 'Where ranges and means come from. Used by `method: static`.',
      source:
        'Nagel et al., Data-free quantization through weight equalization and bias correction, arXiv:1906.04721, sections 4.2 and 5.1',
    },
  ),
  'remove-dead': Type.Boolean({
    default: true,
    when: { method: ['static'] },
    description:
      'Channels of far larger weights than their neighbours that gave the same value on every calibration picture get weight 0 and that value as bias: folded batch normalization often leaves dead channels the largest weights of all. Looked for where channels share a scale (`granularity: tensor`) or are compared (`equalize`, `migrate`). Used by `method: static`.',
  }),
  equalize: Type.Boolean({
    default: false,
    when: { method: ['static'] },
    description:
      'Moves scale between the channels of neighbouring layers until their weights have like ranges (cross-layer equalization). Helps `granularity: tensor` most. Used by `method: static`.',
    source: 'Nagel et al., arXiv:1906.04721, section 4.1',
  }),
  'absorb-bias': Type.Boolean({
    default: false,
    when: { method: ['static'] },
    description: 'Moves the part of a bias that a ReLU never cuts off into the next layer. Used by `method: static`.',
    source: 'Nagel et al., arXiv:1906.04721, section 4.1.3',
  }),
  migrate: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    when: { method: ['static'] },
    description:
      'Moves the ranges of activation channels into the weights that read them; the exponent says how much, 0 nothing. For a few channels of far larger range than the rest. Used by `method: static`.',
    source: 'Xiao et al., SmoothQuant, arXiv:2211.10438, eq. 4',
  }),
  round: oneOf(
    {
      nearest: 'Each weight by itself.',
      layer: 'All weights of a layer together, so that its output changes least on the calibration pictures.',
      block:
        'Begins with `layer`, then learns rounding, biases and activation scales of several layers together by gradient; minutes instead of seconds, kept where it helps on pictures held out.',
    },
    {
      default: 'nearest',
      when: { method: ['static'] },
      layer: true,
      description:
        'How weights become integers. More than `nearest` is worth it below 8 bits and for coarse scales. Used by `method: static`.',
      source:
        'Frantar et al., GPTQ, arXiv:2210.17323; Nagel et al., AdaRound, arXiv:2004.10568; Li et al., BRECQ, arXiv:2102.05426; Hubara et al., AdaQuant, arXiv:2006.10518',
    },
  ),
  include: patterns('Quantize only these layers: names, patterns with `*`, or operators. Empty: all.'),
  exclude: patterns('Leave these layers in float: names, patterns with `*`, or operators.'),
});

export type QuantizeSettings = Static<typeof parameters>;

/** Step `quantize` of a recipe: post-training quantization, written as ONNX. */
export const quantizeStep = {
  name: 'quantize',
  summary: 'Rounds weights and activations to integers after training, as an ONNX model that integer kernels run.',
  source: 'ONNX QuantizeLinear-13, DequantizeLinear-13; Jacob et al., arXiv:1712.05877',
  parameters,
  starts: ['weights', 'activations'],
  needs: (settings) =>
    settings.method === 'static' && settings.statistics === 'pictures' && (settings.activations !== 'float' || settings.round !== 'nearest')
      ? ['calibration']
      : [],
} satisfies StepDeclaration<typeof parameters>;

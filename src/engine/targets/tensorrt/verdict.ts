import { cleanUps, fusedActivations, kernelOf, listed } from '../verdict/common.ts';
import { judgeByRules, rulesOf, type RuleBook } from '../verdict/judge.ts';
import type { Family, TargetVerdict } from '../verdict/types.ts';
import { tensorrt } from './limits.ts';

const table = 'onnx/onnx-tensorrt 10.15, docs/operators.md';
const name = 'TensorRT';

/** Listed there with "N". */
const missing = [
  'AffineGrid', 'Bernoulli', 'BitShift', 'BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'BitwiseXor', 'CenterCropPad', 'Col2Im', 'Compress',
  'ConcatFromSequence', 'ConvInteger', 'DFT', 'Det', 'DynamicQuantizeLinear', 'ImageDecoder', 'MatMulInteger', 'MaxRoiPool', 'MaxUnpool',
  'MelWeightMatrix', 'Multinomial', 'NegativeLogLikelihoodLoss', 'Optional', 'OptionalGetElement', 'OptionalHasElement', 'QLinearConv',
  'QLinearMatMul', 'RegexFullMatch', 'SequenceAt', 'SequenceConstruct', 'SequenceEmpty', 'SequenceErase', 'SequenceInsert',
  'SequenceLength', 'SequenceMap', 'SoftmaxCrossEntropyLoss', 'SplitToSequence', 'StringConcat', 'StringNormalizer', 'StringSplit',
  'TfIdfVectorizer', 'Unique',
]; // prettier-ignore

const unparsed: Family<void> = {
  operators: missing,
  rules: [
    {
      name: 'tensorrt.missing',
      about: missing.join(', '),
      limit: 'never',
      outcome: 'no',
      source: table,
      check: ({ node }) => ({ reason: `${name}'s parser has no ${node.op}: the model is not built` }),
    },
  ],
};

const poolNames = ['MaxPool', 'AveragePool', 'LpPool'];
const pools: Family<void> = {
  operators: poolNames,
  rules: [
    {
      name: 'tensorrt.pool-dimensions',
      about: poolNames.join(', '),
      limit: 'over two or three dimensions',
      outcome: 'no',
      source: table,
      check(layer) {
        const rank = kernelOf(layer)?.length ?? 2;
        return rank === 2 || rank === 3
          ? undefined
          : { reason: `it pools over ${rank} dimension${rank === 1 ? '' : 's'}, and ${name} over two or three` };
      },
    },
    {
      name: 'tensorrt.pool-dilation',
      about: poolNames.join(', '),
      limit: 'no dilation',
      outcome: 'no',
      source: table,
      check({ node }) {
        const dilations = node.ints('dilations') ?? [];
        return dilations.some((size) => size !== 1)
          ? { reason: `it has dilations [${dilations.join(', ')}], and ${name} pools without` }
          : undefined;
      },
    },
    {
      name: 'tensorrt.pool-indices',
      about: 'MaxPool',
      limit: 'the places of the maxima are not asked for',
      outcome: 'no',
      source: table,
      check({ node, flow }) {
        const places = node.outputs[1] ?? '';
        const isRead = places !== '' && (flow.graph.users(places).length > 0 || flow.graph.isOutput(places));
        return isRead ? { reason: `it is asked for the places of the maxima, which ${name} does not give` } : undefined;
      },
    },
  ],
  accepts: {
    name: 'tensorrt.pool',
    about: poolNames.join(', '),
    limit: 'within the limits above',
    outcome: 'yes',
    source: table,
    reason: () => 'a pool of TensorRT',
  },
};

const coordinates = new Set(['half_pixel', 'pytorch_half_pixel', 'tf_half_pixel_for_nn', 'asymmetric', 'align_corners']);
const resize: Family<void> = {
  operators: ['Resize'],
  rules: [
    {
      name: 'tensorrt.resize-mode',
      about: 'Resize',
      limit: 'nearest or linear, by half_pixel, asymmetric, align_corners and their kin; no antialias; aspect ratio stretched',
      outcome: 'no',
      source: table,
      check({ node }) {
        const mode = node.string('mode', 'nearest');
        const by = node.string('coordinate_transformation_mode', 'half_pixel');
        const policy = node.string('keep_aspect_ratio_policy', 'stretch');
        if (mode !== 'nearest' && mode !== 'linear') return { reason: `its mode is ${mode}, and ${name} resizes nearest or linear` };
        if (!coordinates.has(by)) return { reason: `its coordinates are ${by}, which ${name} has not` };
        if (node.int('antialias', 0) !== 0) return { reason: `it is antialiased, which ${name} does not do` };
        return policy === 'stretch' ? undefined : { reason: `it keeps the aspect ratio (${policy}), which ${name} does not do` };
      },
    },
  ],
  accepts: {
    name: 'tensorrt.resize',
    about: 'Resize',
    limit: 'within the limits above',
    outcome: 'yes',
    source: table,
    reason: () => 'a resize of TensorRT',
  },
};

const topK: Family<void> = {
  operators: ['TopK'],
  rules: [
    {
      name: 'tensorrt.topk',
      about: 'TopK',
      limit: 'sorted, fewer than 3840',
      outcome: 'no',
      source: table,
      check({ node, flow }) {
        if (node.int('sorted', 1) !== 1) return { reason: `it is not sorted, and ${name} sorts` };
        const k = flow.integers(node, 1, 'k')?.[0];
        return k !== undefined && k >= 3840 ? { reason: `it asks for ${k} elements, and ${name} gives fewer than 3840` } : undefined;
      },
    },
  ],
  accepts: {
    name: 'tensorrt.topk-listed',
    about: 'TopK',
    limit: 'within the limits above',
    outcome: 'yes',
    source: table,
    reason: () => 'TensorRT has TopK',
  },
};

const plain = listed<void>({ name: 'tensorrt.listed', source: table }, name, [
  'Abs', 'Acos', 'Acosh', 'Add', 'And', 'ArgMax', 'ArgMin', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Attention', 'BatchNormalization', 'BlackmanWindow',
  'Cast', 'CastLike', 'Ceil', 'Celu', 'Clip', 'Concat', 'ConstantOfShape', 'Conv', 'ConvTranspose', 'Cos', 'Cosh', 'CumSum', 'DeformConv',
  'DepthToSpace', 'Div', 'Einsum', 'Elu', 'Equal', 'Erf', 'Exp', 'Expand', 'EyeLike', 'Flatten', 'Floor', 'GRU', 'Gather', 'GatherElements',
  'GatherND', 'Gelu', 'Gemm', 'GlobalAveragePool', 'GlobalLpPool', 'GlobalMaxPool', 'Greater', 'GreaterOrEqual', 'GridSample',
  'GroupNormalization', 'HardSigmoid', 'HardSwish', 'Hardmax', 'If', 'InstanceNormalization', 'IsInf', 'IsNaN', 'LRN', 'LSTM',
  'LayerNormalization', 'LeakyRelu', 'Less', 'LessOrEqual', 'Log', 'LogSoftmax', 'Loop', 'LpNormalization', 'MatMul', 'Max', 'Mean',
  'MeanVarianceNormalization', 'Min', 'Mish', 'Mod', 'Mul', 'Neg', 'NonMaxSuppression', 'NonZero', 'Not', 'OneHot', 'Or', 'PRelu', 'Pad', 'Pow',
  'RMSNormalization', 'RNN', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Range', 'Reciprocal', 'ReduceL1',
  'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare', 'Relu',
  'Reshape', 'ReverseSequence', 'RoiAlign', 'RotaryEmbedding', 'Round', 'STFT', 'Scan', 'Scatter', 'ScatterElements', 'ScatterND', 'Selu',
  'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Slice', 'Softmax', 'Softplus', 'Softsign', 'SpaceToDepth', 'Split', 'Sqrt', 'Squeeze', 'Sub',
  'Sum', 'Tan', 'Tanh', 'ThresholdedRelu', 'Tile', 'Transpose', 'Trilu', 'Unsqueeze', 'Upsample', 'Where', 'Xor',
]); // prettier-ignore

const rules: RuleBook<void> = {
  accelerator: name,
  general: [],
  fusions: [
    ...cleanUps<void>('tensorrt', table, ['Conv', 'ConvTranspose', 'Gemm']),
    fusedActivations(
      'tensorrt',
      'https://docs.nvidia.com/deeplearning/tensorrt/latest/performance/best-practices.html, "Types of Fusions"',
      tensorrt.fused!,
    ),
  ],
  families: [unparsed, pools, resize, topK, plain],
  unknown: {
    name: 'tensorrt.plugin',
    about: 'every other operator',
    limit: 'with a plugin of that name',
    outcome: 'if',
    source: table,
    check: ({ node }) => ({ reason: `${name}'s parser has no ${node.qualifiedOp} of its own: it takes a plugin of that name` }),
  },
};

/** NVIDIA GPUs under TensorRT. What it refuses keeps the engine from being built: there is no CPU behind it. */
export const tensorrtVerdict: TargetVerdict = {
  target: tensorrt,
  accelerator: name,
  architectures: [],
  rules: rulesOf(rules),
  takesFloat: true,
  noFallback: true,
  judge: ({ flow }) => judgeByRules(rules, undefined, flow),
};

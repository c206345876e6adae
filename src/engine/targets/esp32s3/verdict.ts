import { judgeByRules, rulesOf, type RuleBook } from '../verdict/judge.ts';
import { cleanUps, fusedActivations, kernelOf, listed, sizesText } from '../verdict/common.ts';
import type { Family, Layer, Rule, TargetVerdict } from '../verdict/types.ts';
import { esp32s3 } from './limits.ts';
import { memoryRemarks } from './memory.ts';

const table = 'espressif/esp-dl, operator_support_state.md (August 2025)';
const quantizer = 'espressif/esp-ppq 1.3.12, EspdlQuantizer.quant_operation_types';
const name = 'ESP-DL';

type EspRule = Rule<void>;

const firstRank = ({ node, flow }: Layer): number | undefined => flow.input(node)?.length ?? flow.output(node)?.length;

/** Over one or two dimensions; nothing in ESP-DL works on volumes. */
const dimensions = (about: string): EspRule => ({
  name: 'esp-dl.dimensions',
  about,
  limit: 'over one or two dimensions',
  outcome: 'no',
  source: table,
  check(layer) {
    const rank = kernelOf(layer)?.length ?? (firstRank(layer) ?? 4) - 2;
    return rank > 2 ? { reason: `it works over ${rank} dimensions, and ${name} over one or two` } : undefined;
  },
});

const upToFour = (about: string): EspRule => ({
  name: 'esp-dl.rank',
  about,
  limit: 'four axes at most',
  outcome: 'no',
  source: table,
  check({ node, flow }) {
    const dims = flow.output(node);
    return dims && dims.length > 4 ? { reason: `it works on ${sizesText(dims)}, more than four axes` } : undefined;
  },
});

const convolutions: Family<void> = {
  operators: ['Conv'],
  rules: [
    dimensions('Conv'),
    {
      name: 'esp-dl.groups',
      about: 'Conv',
      limit: 'one group, or as many as input channels (depthwise)',
      outcome: 'no',
      source: table,
      check({ node, flow }) {
        const groups = node.int('group', 1);
        const channels = flow.input(node)?.[1];
        if (groups === 1 || groups === channels) return undefined;
        return { reason: `it has ${groups} groups for ${channels ?? '?'} channels, and ${name} takes one group or one a channel` };
      },
    },
  ],
  accepts: {
    name: 'esp-dl.conv',
    about: 'Conv',
    limit: 'within the limits above',
    outcome: 'yes',
    source: table,
    reason: () => 'a convolution of ESP-DL',
  },
};

const transposed: Family<void> = {
  operators: ['ConvTranspose'],
  rules: [
    dimensions('ConvTranspose'),
    {
      name: 'esp-dl.conv-transpose',
      about: 'ConvTranspose',
      limit: 'where esp-ppq takes it apart into InsertZeros and Conv',
      outcome: 'if',
      source: 'espressif/esp-ppq 1.3.12, "ConvTranspose Decomposition Pass"',
      check: () => ({ reason: 'esp-ppq makes InsertZeros and a Conv of it, which takes an ESP-DL newer than August 2025' }),
    },
  ],
};

const pools: Family<void> = {
  operators: ['MaxPool', 'AveragePool', 'GlobalAveragePool'],
  rules: [
    dimensions('MaxPool, AveragePool, GlobalAveragePool'),
    {
      name: 'esp-dl.pool-dilation',
      about: 'MaxPool, AveragePool',
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
  ],
  accepts: {
    name: 'esp-dl.pool',
    about: 'MaxPool, AveragePool, GlobalAveragePool',
    limit: 'within the limits above',
    outcome: 'yes',
    source: table,
    reason: () => 'a pool of ESP-DL',
  },
};

const elementwiseNames = ['Add', 'Sub', 'Mul', 'Div', 'MatMul', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare']; // prettier-ignore

const elementwise: Family<void> = {
  operators: elementwiseNames,
  rules: [upToFour(elementwiseNames.join(', '))],
  accepts: {
    name: 'esp-dl.elementwise',
    about: elementwiseNames.join(', '),
    limit: 'up to four axes',
    outcome: 'yes',
    source: table,
    reason: ({ node }) => `${name} has ${node.op} of up to four axes`,
  },
};

const resize: Family<void> = {
  operators: ['Resize'],
  rules: [
    {
      name: 'esp-dl.resize-mode',
      about: 'Resize',
      limit: 'nearest or linear, no region of interest, no antialias',
      outcome: 'no',
      source: table,
      check({ node, flow }) {
        const mode = node.string('mode', 'nearest');
        if (mode !== 'nearest' && mode !== 'linear') return { reason: `its mode is ${mode}, and ${name} resizes nearest or linear` };
        if (node.int('antialias', 0) !== 0) return { reason: `it is antialiased, which ${name} does not do` };
        const roi = node.inputs[1] ?? '';
        const cuts = node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize' && (flow.stored(roi)?.size ?? 1) > 0;
        return cuts ? { reason: `it resizes a region of interest, which ${name} does not do` } : undefined;
      },
    },
    dimensions('Resize'),
    {
      name: 'esp-dl.resize-bits',
      about: 'Resize',
      limit: '8 bits, not 16',
      outcome: 'no',
      source: table,
      check({ node, flow }) {
        const maker = flow.graph.producer(node.inputs[0] ?? '');
        const zero = maker?.op === 'DequantizeLinear' ? flow.graph.constant(maker.inputs[2] ?? '') : undefined;
        return zero && zero.byteLength > zero.size ? { reason: `it works on 16 bits, and ${name} resizes 8` } : undefined;
      },
    },
  ],
  accepts: {
    name: 'esp-dl.resize',
    about: 'Resize',
    limit: 'within the limits above',
    outcome: 'yes',
    source: table,
    reason: () => 'a resize of ESP-DL',
  },
};

const pad: Family<void> = {
  operators: ['Pad'],
  rules: [
    {
      name: 'esp-dl.pad-mode',
      about: 'Pad',
      limit: 'constant, edge or reflect',
      outcome: 'no',
      source: table,
      check: ({ node }) =>
        node.string('mode', 'constant') === 'wrap' ? { reason: `it pads in mode wrap, which ${name} has not` } : undefined,
    },
  ],
  accepts: {
    name: 'esp-dl.pad',
    about: 'Pad',
    limit: 'constant, edge or reflect',
    outcome: 'yes',
    source: table,
    reason: () => 'a pad of ESP-DL',
  },
};

const softmax: Family<void> = {
  operators: ['Softmax', 'LogSoftmax'],
  rules: [],
  accepts: {
    name: 'esp-dl.softmax',
    about: 'Softmax, LogSoftmax',
    limit: 'its result is float',
    outcome: 'yes',
    source: table,
    reason: () => 'its result is float, so nothing on integers can follow it',
  },
};

/** In the quantizer's list, but not yet in the table of August 2025. */
const newer: Family<void> = {
  operators: ['GRU', 'LSTM', 'GlobalMaxPool', 'LpNormalization', 'Max', 'Neg', 'Attention', 'LayerNormalization', 'RMSNormalization', 'Gelu', 'ScatterND', 'DepthToSpace', 'SpaceToDepth', 'Mod'], // prettier-ignore
  rules: [
    {
      name: 'esp-dl.newer',
      about: 'GRU, LSTM, Max, Neg, LayerNormalization, Gelu and others',
      limit: 'with a new ESP-DL',
      outcome: 'if',
      source: quantizer,
      check: ({ node }) => ({ reason: `esp-ppq 1.3 quantizes ${node.op}; it takes an ESP-DL newer than August 2025` }),
    },
  ],
};

const plain = listed<void>({ name: 'esp-dl.listed', source: table }, name, [
  'Clip', 'Concat', 'Elu', 'Equal', 'Exp', 'Flatten', 'Gather', 'Gemm', 'Greater', 'GreaterOrEqual', 'HardSigmoid', 'HardSwish', 'LeakyRelu',
  'Less', 'LessOrEqual', 'Log', 'PRelu', 'Relu', 'Reshape', 'ReverseSequence', 'Sigmoid', 'Slice', 'Split', 'Sqrt', 'Squeeze', 'Swish', 'Tanh',
  'Transpose', 'Unsqueeze',
]); // prettier-ignore

const rules: RuleBook<void> = {
  accelerator: name,
  general: [
    {
      name: 'esp-dl.batch',
      about: 'all',
      limit: 'one picture at a time',
      outcome: 'no',
      source: 'espressif/esp-ppq 1.3.12, api/espdl_interface.py (input_shape: batch size must be 1)',
      check({ node, flow }) {
        const dims = flow.input(node);
        return dims?.length === 4 && typeof dims[0] === 'number' && dims[0] !== 1
          ? { reason: `it takes ${dims[0]} pictures at once, and ${name} one` }
          : undefined;
      },
    },
  ],
  fusions: [
    ...cleanUps<void>('esp-dl', quantizer, ['Conv', 'ConvTranspose', 'Gemm']),
    fusedActivations('esp-dl', 'espressif/esp-ppq 1.3.12, EspdlQuantizer.activation_fusion_types', esp32s3.fused!),
  ],
  families: [convolutions, transposed, pools, elementwise, resize, pad, softmax, newer, plain],
  unknown: {
    name: 'esp-dl.unknown',
    about: 'every other operator',
    limit: 'never',
    outcome: 'no',
    source: table,
    check: ({ node }) => ({ reason: `${name} has no ${node.qualifiedOp}: the model does not load with it` }),
  },
};

/** The ESP32-S3 under ESP-DL. What it refuses runs nowhere: there is no other runtime behind it. */
export const esp32s3Verdict: TargetVerdict = {
  target: esp32s3,
  accelerator: name,
  architectures: [],
  rules: rulesOf(rules),
  takesFloat: true,
  noFallback: true,
  remarks: memoryRemarks,
  judge: ({ flow }) => judgeByRules(rules, undefined, flow),
};

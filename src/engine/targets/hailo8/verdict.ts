import { cleanUps, fusedActivations, kernelOf } from '../verdict/common.ts';
import { judgeByRules, rulesOf, type RuleBook } from '../verdict/judge.ts';
import type { Family, Rule, TargetVerdict } from '../verdict/types.ts';
import { hailo8 } from './limits.ts';

/**
 * What is public of the Hailo-8: operators of networks that its Model Zoo compiles for it, and what Hailo's people say in their forum. The
 * manual of the compiler is not, so limits of sizes are not known here: `hailo parser` decides.
 */
const zoo = 'hailo-ai/hailo_model_zoo v2.18, networks compiled for hailo8';
const forum = 'https://community.hailo.ai/t/parsing-yolo-models-with-the-hailo-dataflow-compiler-tool/2384';
const runParser = 'run `hailo parser onnx` on it (lathe compile does), which names the last node that it takes';

const flat = (about: string): Rule<void> => ({
  name: 'hailo.dimensions',
  about,
  limit: 'over two dimensions',
  outcome: 'if',
  source: zoo,
  check(layer) {
    const rank = kernelOf(layer)?.length ?? 2;
    return rank === 2
      ? undefined
      : { reason: `it works over ${rank} dimensions, and networks of the Model Zoo over two: ${runParser}`, onCpu: rank > 2 };
  },
});

const neuralNames = ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool'];
const neural: Family<void> = {
  operators: neuralNames,
  rules: [flat(neuralNames.join(', '))],
  accepts: {
    name: 'hailo.neural',
    about: neuralNames.join(', '),
    limit: 'as in networks of the Model Zoo',
    outcome: 'yes',
    source: zoo,
    reason: ({ node }) => `${node.op} occurs in networks that are compiled for it`,
  },
};

const seenNames = ['Gemm', 'GlobalAveragePool', 'Add', 'Mul', 'Concat', 'Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Elu', 'Mish', 'Softmax', 'Flatten', 'BatchNormalization']; // prettier-ignore
const seen: Family<void> = {
  operators: seenNames,
  rules: [],
  accepts: {
    name: 'hailo.seen',
    about: seenNames.join(', '),
    limit: 'as in networks of the Model Zoo',
    outcome: 'yes',
    source: zoo,
    reason: ({ node }) => `${node.op} occurs in networks that are compiled for it`,
  },
};

const shapingNames = ['Reshape', 'Transpose', 'Slice', 'Split', 'Resize', 'Pad', 'Squeeze', 'Unsqueeze', 'DepthToSpace', 'SpaceToDepth', 'ReduceMean', 'ReduceMax', 'ReduceSum', 'MatMul', 'Sub', 'Div', 'Pow', 'Sqrt', 'Exp', 'LayerNormalization', 'Gelu', 'ArgMax', 'Max', 'Min']; // prettier-ignore
const shaping: Family<void> = {
  operators: shapingNames,
  rules: [
    {
      name: 'hailo.some-forms',
      about: shapingNames.join(', '),
      limit: 'in the forms that the parser knows',
      outcome: 'if',
      source: forum,
      check: ({ node }) => ({ reason: `some forms of ${node.op} are taken and others are not: ${runParser}` }),
    },
  ],
};

const headNames = ['Gather', 'GatherElements', 'GatherND', 'TopK', 'NonMaxSuppression', 'ScatterND', 'NonZero', 'Where', 'Loop', 'If', 'RoiAlign', 'Tile', 'Expand', 'CumSum']; // prettier-ignore
const heads: Family<void> = {
  operators: headNames,
  rules: [
    {
      name: 'hailo.post-processing',
      about: headNames.join(', '),
      limit: 'never: post-processing runs on the host',
      outcome: 'no',
      source: forum,
      check: ({ node }) => ({
        reason: `${node.op} is post-processing, which runs on the host: end the model before it (end nodes)`,
        fixes: [],
      }),
    },
  ],
};

const activations = ['Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Elu', 'Mish'];

const rules: RuleBook<void> = {
  accelerator: 'Hailo-8',
  general: [],
  fusions: [
    ...cleanUps<void>('hailo', zoo, ['Conv', 'ConvTranspose', 'Gemm']),
    fusedActivations('hailo', `${zoo} (change_output_activation)`, { Conv: activations, ConvTranspose: activations, Gemm: activations }),
  ],
  families: [neural, seen, shaping, heads],
  unknown: {
    name: 'hailo.unknown',
    about: 'every other operator',
    limit: 'not public',
    outcome: 'if',
    source: zoo,
    check: ({ node }) => ({ reason: `whether it takes ${node.qualifiedOp} is not public: ${runParser}`, onCpu: true }),
  },
};

/** The Hailo-8, by what is public of it. */
export const hailo8Verdict: TargetVerdict = {
  target: hailo8,
  accelerator: 'Hailo-8',
  architectures: [],
  rules: rulesOf(rules),
  takesFloat: true,
  judge: ({ flow }) => judgeByRules(rules, undefined, flow),
};

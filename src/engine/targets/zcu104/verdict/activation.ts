import type { Node } from '../../../onnx/graph.ts';
import type { DataFlow } from '../../verdict/data-flow.ts';
import type { Layer } from '../../verdict/types.ts';
import { leakySlope } from '../arithmetic.ts';
import { swishBehind } from './patterns.ts';
import { fixes, numberOf, plain, sources, type DpuFamily, type DpuFusion, type DpuRule } from './shared.ts';

type Host = 'convolution' | 'depthwise' | 'add';

const kinds: Readonly<Record<string, string>> = { convolution: 'a convolution', depthwise: 'a depthwise convolution', add: 'an Add' };

/** The engine that an activation can be computed in the same pass with: what makes its input, for it alone. */
function hostOf({ node, flow }: Layer): { readonly node: Node; readonly kind: Host } | undefined {
  let maker = flow.maker(node.inputs[0] ?? '');
  let reader = node;
  // A batch norm or a bias goes into the layer before it first.
  while (maker && flow.onlyReader(maker) === reader && goesBack(flow, maker)) {
    reader = maker;
    maker = flow.maker(maker.inputs.find((input) => flow.maker(input)) ?? '');
  }
  if (!maker || flow.onlyReader(maker) !== reader) return undefined;
  if (maker.op === 'Add' || maker.op === 'Sum') return { node: maker, kind: 'add' };
  if (!['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(maker.op)) return undefined;
  return { node: maker, kind: isDepthwise(flow, maker) ? 'depthwise' : 'convolution' };
}

const goesBack = (flow: DataFlow, node: Node): boolean =>
  node.op === 'BatchNormalization' || (node.op === 'Add' && node.inputs.some((input) => flow.isSettled(input)));

function isDepthwise(flow: DataFlow, node: Node): boolean {
  const group = node.int('group', 1);
  if (group === 1) return false;
  const dims = flow.storedDims(node.inputs[1] ?? '');
  return node.op === 'Conv' ? dims?.[1] === 1 : node.op === 'ConvTranspose' && dims?.[0] === group && dims[1] === 1;
}

/** Bounds of a Clip; absent ones are infinite. */
function boundsOf(layer: Layer): readonly [number, number] {
  const { node } = layer;
  return [numberOf(layer, node, 1, 'min') ?? -Infinity, numberOf(layer, node, 2, 'max') ?? Infinity];
}

/** float32 of most exporters' 6 and ∞. */
const isRelu6 = ([least, greatest]: readonly [number, number]): boolean => least === 0 && greatest === 6;
const isRelu = ([least, greatest]: readonly [number, number]): boolean => least === 0 && greatest > 1e30;

/** What the engines compute behind themselves. */
function fused(name: string, about: string, hosts: readonly Host[], takes: (layer: Layer) => boolean = () => true): DpuFusion {
  return {
    name,
    about,
    limit: `behind ${hosts.map((host) => kinds[host]).join(', ')} that nothing else reads: in the same pass`,
    outcome: 'yes',
    source: `${sources.hardware}; ${sources.reports}`,
    find(layer) {
      const host = hostOf(layer);
      if (!host || !hosts.includes(host.kind) || !takes(layer)) return undefined;
      return { inside: host.node, reason: `in the same pass as the ${host.node.op} before it` };
    },
  };
}

/** What an activation that stands behind something else comes to. */
const alone = (name: string, about: string, hosts: readonly Host[]): DpuRule => ({
  name,
  about,
  limit: `behind ${hosts.map((host) => kinds[host]).join(', ')} that nothing else reads`,
  outcome: 'if',
  context: true,
  source: sources.pytorch,
  check(layer) {
    const maker = layer.flow.maker(layer.node.inputs[0] ?? '');
    const shared = maker && layer.flow.onlyReader(maker) !== layer.node ? ', whose result others read too' : '';
    const where = maker ? `behind ${maker.op}${shared}` : 'at an input of the model';
    return {
      reason: `it stands ${where}, and the DPU computes it in one pass with ${hosts.map((host) => kinds[host]).join(' or ')} only; a compiler that can't make it a layer of its own leaves it to the CPU`,
    };
  },
});

const relu: DpuFamily = {
  operators: ['Relu'],
  fusions: [fused('dpu.relu', 'Relu', ['convolution', 'depthwise', 'add'])],
  rules: [alone('dpu.relu-alone', 'Relu', ['convolution', 'depthwise', 'add'])],
};

const clip: DpuFamily = {
  operators: ['Clip'],
  fusions: [
    fused('dpu.relu6', 'Clip to 0 … 6', ['convolution', 'depthwise'], (layer) => isRelu6(boundsOf(layer))),
    fused('dpu.clip-relu', 'Clip to 0 … ∞', ['convolution', 'depthwise', 'add'], (layer) => isRelu(boundsOf(layer))),
  ],
  rules: [
    {
      name: 'dpu.clip-bounds',
      about: 'Clip',
      limit: 'to 0 … 6 (ReLU6) or 0 … ∞ (ReLU)',
      outcome: 'no',
      source: sources.pytorch,
      check(layer) {
        const bounds = boundsOf(layer);
        if (isRelu6(bounds) || isRelu(bounds)) return undefined;
        return {
          reason: `it clips to ${bounds.map(plain).join(' … ')}, and the DPU to 0 … 6 and 0 … ∞ only`,
          fixes: fixes('clip-near-6', 'clip-to-relu6'),
        };
      },
    },
    alone('dpu.clip-alone', 'Clip to 0 … 6', ['convolution', 'depthwise']),
  ],
};

const leaky: DpuFamily = {
  operators: ['LeakyRelu'],
  fusions: [fused('dpu.leaky-relu', 'LeakyRelu of 26/256', ['convolution'], ({ node }) => node.float('alpha', 0.01) === leakySlope)],
  rules: [
    {
      name: 'dpu.leaky-slope',
      about: 'LeakyRelu',
      limit: 'slope 26/256 = 0.1015625',
      outcome: 'no',
      source: `${sources.filter}; ${sources.reports}`,
      check({ node }) {
        const slope = node.float('alpha', 0.01);
        if (slope === leakySlope) return undefined;
        return {
          reason: `the DPU has LeakyReLU with slope 26/256 only, not ${plain(slope)}`,
          fixes: fixes('leaky-relu-slope', 'leaky-relu-parts'),
        };
      },
    },
    {
      name: 'dpu.leaky-depthwise',
      about: 'LeakyRelu',
      limit: 'not behind a depthwise convolution or an Add',
      outcome: 'no',
      context: true,
      source: 'Xilinx/Vitis-AI issues 911, 1161; fingerprint bit 29',
      check(layer) {
        const host = hostOf(layer);
        if (host?.kind !== 'depthwise' && host?.kind !== 'add') return undefined;
        return { reason: `the DPU has no LeakyReLU behind ${kinds[host.kind]}`, fixes: fixes('leaky-relu-parts') };
      },
    },
    alone('dpu.leaky-alone', 'LeakyRelu of 26/256', ['convolution']),
  ],
};

/** 1/6 as float32 has it, and as exporters write it. */
const isSixth = (slope: number): boolean => Math.abs(slope - 1 / 6) < 1e-6;

const hard: DpuFamily = {
  operators: ['HardSigmoid', 'HardSwish'],
  rules: [
    {
      name: 'dpu.hard-sigmoid-parameters',
      about: 'HardSigmoid',
      limit: 'slope 1/6, offset 1/2',
      outcome: 'no',
      source: 'vai_q_pytorch 3.5, nndct_shared/utils/dpu_utils.py',
      check({ node }) {
        const [slope, offset] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
        if (node.op === 'HardSwish' || (isSixth(slope) && offset === 0.5)) return undefined;
        return {
          reason: `the DPU has HardSigmoid with slope 1/6 and offset 1/2 only, not ${plain(slope)} and ${plain(offset)}`,
          fixes: fixes('hard-sigmoid-parameters'),
        };
      },
    },
    {
      name: 'dpu.hard-sigmoid-set',
      about: 'HardSigmoid, HardSwish',
      limit: 'instruction set 1 (Vitis AI 2.5 or newer)',
      outcome: 'no',
      source: 'compiled sample models of Vitis AI 2.0, 2.5 and 3.0',
      check: ({ node }, { hardSigmoid, name }) => (hardSigmoid ? undefined : { reason: `${name} has no ${node.op}` }),
    },
  ],
  accepts: {
    name: 'dpu.hard-sigmoid',
    about: 'HardSigmoid, HardSwish',
    limit: 'by the window engine, behind anything',
    outcome: 'yes',
    source: `${sources.hardware}; ${sources.reports}`,
    reason: () => 'by the window engine, whose type hsigmoid it is',
  },
};

const sigmoid: DpuFamily = {
  operators: ['Sigmoid'],
  rules: [
    {
      name: 'dpu.sigmoid',
      about: 'Sigmoid',
      limit: 'never as it is; HardSigmoid takes its place',
      outcome: 'no',
      source: `${sources.reports}; Xilinx/Vitis-AI issue 1024`,
      check({ node, flow }) {
        if (swishBehind(flow, node))
          return {
            reason: 'the DPU has no Sigmoid; this one is half of a Swish, x · Sigmoid(x), which becomes one CPU sub-graph at each',
            fixes: fixes('swish-to-hard-swish', 'sigmoid-to-hard-sigmoid'),
          };
        const atEnd = flow.leavesModel(node) && flow.readers(node).length === 0;
        return {
          reason: 'the DPU has no Sigmoid',
          fixes: atEnd ? fixes('cut-end', 'sigmoid-to-hard-sigmoid') : fixes('sigmoid-to-hard-sigmoid', 'cut-end'),
        };
      },
    },
  ],
};

const uncertain: DpuFamily = {
  operators: ['PRelu'],
  rules: [
    {
      name: 'dpu.prelu',
      about: 'PRelu',
      limit: 'listed among the types of the window engine; no report shows it',
      outcome: 'if',
      source: sources.hardware,
      check: () => ({
        reason: "the window engine lists PReLU, but no rule or report of the vendor's tools shows it there: inspect it; counted on the CPU",
        fixes: fixes('prelu-as-leaky-relu', 'leaky-relu-parts'),
        onCpu: true,
      }),
    },
  ],
};

const softmax: DpuFamily = {
  operators: ['Softmax'],
  rules: [
    {
      name: 'dpu.softmax',
      about: 'Softmax',
      limit: 'by a separate kernel of some images, not by the DPU',
      outcome: 'if',
      source: 'PG338 4.1, softmax option',
      check: () => ({
        reason:
          'only images with the separate softmax kernel run it (enable softmax in xdputil query), the ready-made ones leave it to the CPU; counted there',
        fixes: fixes('cut-end'),
        onCpu: true,
      }),
    },
  ],
};

const others: DpuFamily = {
  operators: ['Gelu', 'Tanh', 'Elu', 'Selu', 'Celu', 'Mish', 'Softplus', 'Softsign', 'ThresholdedRelu', 'LogSoftmax', 'Hardmax', 'Swish'],
  rules: [
    {
      name: 'dpu.activation',
      about: 'Gelu, Tanh, Elu, Mish and others',
      limit: 'never: engines have ReLU, ReLU6, LeakyReLU, HardSigmoid, HardSwish',
      outcome: 'no',
      source: sources.hardware,
      check: ({ node }) => ({
        reason: `the DPU has no ${node.op}: its engines have ReLU, ReLU6, LeakyReLU, HardSigmoid and HardSwish`,
        fixes: node.op === 'Swish' ? fixes('swish-to-hard-swish') : fixes('cut-end'),
      }),
    },
  ],
};

/** Activations, each by its operator. */
export const activations: readonly DpuFamily[] = [relu, clip, leaky, hard, sigmoid, uncertain, softmax, others];

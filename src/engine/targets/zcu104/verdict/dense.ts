import { tooManyChannels } from './convolution.ts';
import { fixes, sources, times, weightDims, type DpuFamily, type DpuRule } from './shared.ts';
import type { Layer } from '../../verdict/types.ts';

/** Inputs and outputs of a product with one stored matrix. */
function matrixOf(layer: Layer): readonly [inputs: number, outputs: number] | undefined {
  const dims = weightDims(layer);
  if (dims?.length !== 2) return undefined;
  const [rows = 0, columns = 0] = dims;
  return layer.node.op === 'Gemm' && layer.node.int('transB', 0) ? [columns, rows] : [rows, columns];
}

const about = 'Gemm, MatMul';

const rules: readonly DpuRule[] = [
  {
    name: 'dpu.dense-constant',
    about,
    limit: 'one operand is a stored matrix of weights',
    outcome: 'no',
    source: sources.pytorch,
    check(layer) {
      const dims = weightDims(layer);
      if (!dims) return { reason: 'the DPU multiplies by stored weights only, and both operands are computed', fixes: fixes('cut-end') };
      return dims.length === 2 ? undefined : { reason: `the DPU multiplies by one matrix of weights, not by a tensor of ${times(dims)}` };
    },
  },
  {
    name: 'dpu.dense-weights',
    about,
    limit: '⌈inputs / 16⌉ of at most 2048 words, a bank of weights, as a convolution of 1×1',
    outcome: 'no',
    source: sources.filter,
    check(layer, { channelParallel, bankDepth }) {
      const inputs = matrixOf(layer)?.[0] ?? 0;
      const map = mapBefore(layer);
      // Behind a flattened feature map the product is a convolution with a kernel of the map's size.
      const words = map ? map[1] * map[2] * Math.ceil(map[0] / channelParallel.input) : Math.ceil(inputs / channelParallel.input);
      if (words <= bankDepth) return undefined;
      const what = map ? `its kernel of ${times(map.slice(1))} over ${map[0]} channels` : `its matrix of ${inputs} inputs`;
      return {
        reason: `${what} takes ${words} words of weights, more than ${bankDepth}`,
        fixes: fixes('dense-as-convolution', 'split-channels'),
      };
    },
  },
  {
    name: 'dpu.dense-channels',
    about,
    limit: 'at most 4096 channels in and out (256 × channel parallelism)',
    outcome: 'no',
    source: `${sources.filter}; ${sources.operators}`,
    check(layer, { channels }) {
      const [inputs, outputs] = matrixOf(layer) ?? [0, 0];
      const reason = tooManyChannels(Math.max(mapBefore(layer)?.[0] ?? inputs, outputs), channels);
      return reason === undefined ? undefined : { reason };
    },
  },
  {
    name: 'dpu.dense-scale',
    about: 'Gemm',
    limit: 'alpha and beta of 1, first operand not transposed',
    outcome: 'no',
    source: 'XIR operator matmul: no such attributes',
    check({ node }) {
      const scaled = node.op === 'Gemm' && (node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1 || node.int('transA', 0) !== 0);
      return scaled ? { reason: 'it scales or transposes its operands', fixes: fixes('fold-constants') } : undefined;
    },
  },
  {
    name: 'dpu.dense-rank',
    about,
    limit: 'two axes: pictures and features; others only where the compiler turns the product into a convolution',
    outcome: 'if',
    source: sources.pytorch,
    check({ node, flow }) {
      const dims = flow.input(node);
      if (!dims || dims.length === 2) return undefined;
      return {
        reason: `the compiler turns a product over ${times(dims)} into a convolution; where it can't, the product stays on the CPU`,
      };
    },
  },
];

/** Channels, height and width of the feature map that a product reads flattened. */
function mapBefore({ node, flow }: Layer): [number, number, number] | undefined {
  const maker = flow.maker(node.inputs[0] ?? '');
  const dims = maker && ['Reshape', 'Flatten', 'Squeeze'].includes(maker.op) ? flow.input(maker) : undefined;
  const sizes = dims?.length === 4 ? dims.slice(1) : [];
  return sizes.length === 3 && sizes.every((size) => typeof size === 'number') ? (sizes as [number, number, number]) : undefined;
}

/** Gemm and MatMul. */
export const dense: DpuFamily = {
  operators: ['Gemm', 'MatMul'],
  rules,
  accepts: {
    name: 'dpu.dense',
    about,
    limit: 'within the limits above, as a convolution of 1×1',
    outcome: 'yes',
    source: `${sources.pytorch}; ${sources.reports}`,
    reason: (layer) => `${matrixOf(layer)?.join(' → ') ?? 'a product'}, as a convolution of 1×1`,
  },
};

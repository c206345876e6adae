import type { Layer } from '../../verdict/types.ts';
import { windowPads } from './convolution.ts';
import { coversMap, fixes, sources, times, windowAt, type DpuFamily, type DpuRule, type Window } from './shared.ts';

const wholeMap = new Set(['GlobalAveragePool', 'GlobalMaxPool', 'ReduceMean']);
const means = new Set(['AveragePool', 'GlobalAveragePool', 'ReduceMean']);

/** The window of a pool; that of a global one is the map. Undefined: not over two dimensions, or of an unknown size. */
function poolOf(layer: Layer): (Window & { readonly global: boolean }) | undefined {
  const { node, flow } = layer;
  if (wholeMap.has(node.op)) {
    const sizes = flow.input(node)?.slice(2) ?? [];
    if (sizes.length !== 2 || !sizes.every((size) => typeof size === 'number')) return undefined;
    return { kernel: sizes as unknown as [number, number], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], global: true };
  }
  const kernel = node.ints('kernel_shape') ?? [];
  if (kernel.length !== 2) return undefined;
  const window = windowAt(layer, kernel);
  return { ...window, global: coversMap(layer, window.kernel) };
}

const about = 'MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool, ReduceMean';

const rules: readonly DpuRule[] = [
  {
    name: 'dpu.pool-axes',
    about: 'ReduceMean',
    limit: 'over height and width of a feature map: a global average',
    outcome: 'no',
    source: 'vai_q_onnx 3.5, ConvertReduceMeanToGlobalAvgPool',
    check({ node, flow }) {
      if (node.op !== 'ReduceMean') return undefined;
      const rank = flow.input(node)?.length;
      const axes = flow.integers(node, 1, 'axes')?.map((axis) => (axis < 0 && rank !== undefined ? axis + rank : axis));
      const isMap = rank === 4 && axes?.length === 2 && axes.includes(2) && axes.includes(3);
      return isMap
        ? undefined
        : {
            reason: `the DPU averages over height and width only, not over the axes ${axes ? `[${axes.join(', ')}]` : 'given at run time'}`,
          };
    },
  },
  {
    name: 'dpu.pool-dimensions',
    about,
    limit: 'over two dimensions',
    outcome: 'no',
    source: sources.filter,
    check({ node, flow }) {
      const rank = node.ints('kernel_shape')?.length ?? (flow.input(node)?.length ?? 4) - 2;
      return rank === 2 ? undefined : { reason: `the DPU pools in two dimensions, not ${rank}` };
    },
  },
  {
    name: 'dpu.pool-window',
    about,
    limit: 'window of 1 to 256 in both directions (instruction set 0: 8)',
    outcome: 'no',
    source: `${sources.hardware}; ${sources.filter}`,
    check(layer, { pool }) {
      const found = poolOf(layer);
      if (!found || Math.max(...found.kernel) <= pool.kernel) return undefined;
      return { reason: `its window of ${times(found.kernel)} is larger than ${pool.kernel}`, fixes: fixes('split-pool') };
    },
  },
  {
    name: 'dpu.pool-square',
    about: 'AveragePool, GlobalAveragePool, ReduceMean',
    limit: 'any window; instruction set 0: squares only',
    outcome: 'no',
    source: 'pyxir, DPUCZDX8G/zcu104_op_support.py',
    check(layer, { pool, name }) {
      const found = means.has(layer.node.op) && pool.squareAverage ? poolOf(layer) : undefined;
      if (!found || found.kernel[0] === found.kernel[1]) return undefined;
      return { reason: `its window of ${times(found.kernel)} is no square, and ${name} averages over squares only` };
    },
  },
  {
    name: 'dpu.pool-stride',
    about: 'MaxPool, AveragePool',
    limit: 'stride of 1 to 256, not asked where the window covers the whole map',
    outcome: 'no',
    source: `${sources.hardware}; ${sources.filter}`,
    check(layer, { window, pool }) {
      const found = poolOf(layer);
      const most = Math.min(window.stride, pool.kernel);
      if (!found || found.global || Math.max(...found.strides) <= most) return undefined;
      return { reason: `its stride of ${Math.max(...found.strides)} is larger than ${most}` };
    },
  },
  {
    name: 'dpu.pool-pads',
    about: 'MaxPool, AveragePool',
    limit: 'pads of at most 15 on the left and top, 255 on the right and bottom',
    outcome: 'no',
    source: sources.hardware,
    check(layer, architecture) {
      const found = poolOf(layer);
      const reason = found && windowPads(found.pads, architecture);
      return reason === undefined ? undefined : { reason };
    },
  },
  {
    name: 'dpu.pool-dilation',
    about: 'MaxPool, AveragePool',
    limit: 'no dilation',
    outcome: 'no',
    source: 'XIR operators maxpool2d, avgpool2d: no such attribute',
    check({ node }) {
      const dilations = node.ints('dilations') ?? [];
      return dilations.some((dilation) => dilation !== 1)
        ? { reason: `the DPU has no dilated pools, and it has [${dilations.join(', ')}]` }
        : undefined;
    },
  },
  {
    name: 'dpu.pool-indices',
    about: 'MaxPool',
    limit: 'the second result, places of the maxima, is not asked for',
    outcome: 'no',
    source: 'XIR operator maxpool2d: one result',
    check({ node, flow }) {
      const places = node.op === 'MaxPool' ? (node.outputs[1] ?? '') : '';
      const isRead = places !== '' && (flow.graph.users(places).length > 0 || flow.graph.isOutput(places));
      return isRead ? { reason: 'it is asked for the places of the maxima, which the DPU does not keep' } : undefined;
    },
  },
];

/** Pools, global ones too. */
export const pools: DpuFamily = {
  operators: ['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'ReduceMean'],
  rules,
  accepts: {
    name: 'dpu.pool',
    about,
    limit: 'within the limits above',
    outcome: 'yes',
    source: `${sources.hardware}; ${sources.reports}`,
    reason(layer) {
      const found = poolOf(layer);
      if (!found) return 'a pool of the window engine';
      const kind = means.has(layer.node.op) ? 'average' : 'maximum';
      return found.global
        ? `${kind} of the whole map of ${times(found.kernel)}`
        : `${kind} over ${times(found.kernel)}, within the limits of the window engine`;
    },
  },
};

import { fixes, sources, type DpuFamily } from './shared.ts';

const largest: DpuFamily = {
  operators: ['ArgMax', 'ReduceMax'],
  rules: [
    {
      name: 'dpu.argmax-set',
      about: 'ArgMax, ReduceMax',
      limit: 'images of Vitis AI 3.0 or newer (fingerprint bit 30)',
      outcome: 'no',
      source: `${sources.hardware}: save_engine argmax; images of 2.5 lack it`,
      check: ({ node }, { argmax, name }) =>
        argmax ? undefined : { reason: `this ${name} has no ${node.op}: its save engine is that of Vitis AI 2.5`, fixes: fixes('cut-end') },
    },
    {
      name: 'dpu.argmax-axis',
      about: 'ArgMax, ReduceMax',
      limit: 'over the channels of a feature map',
      outcome: 'no',
      source: sources.notes,
      check({ node, flow }) {
        const dims = flow.input(node);
        if (!dims) return undefined;
        const given = node.op === 'ArgMax' ? [node.int('axis', 0)] : (flow.integers(node, 1, 'axes') ?? dims.map((_, axis) => axis));
        const axes = given.map((axis) => (axis < 0 ? axis + dims.length : axis));
        const channels = dims.length === 4 ? 1 : dims.length - 1;
        return axes.length === 1 && axes[0] === channels
          ? undefined
          : { reason: `the DPU finds the largest along channels only, not along the axes [${given.join(', ')}]`, fixes: fixes('cut-end') };
      },
    },
    {
      name: 'dpu.argmax',
      about: 'ArgMax, ReduceMax',
      limit: 'listed since Vitis AI 3.0; no report shows it',
      outcome: 'if',
      source: sources.notes,
      check: ({ node }) => ({
        reason: `compilers of Vitis AI 3.0 or newer list ${node.op} over channels; no report of the vendor's tools shows it on the DPU: inspect it`,
        fixes: fixes('cut-end'),
      }),
    },
  ],
};

const others: DpuFamily = {
  operators: ['ReduceSum', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare', 'ArgMin', 'CumSum'], // prettier-ignore
  rules: [
    {
      name: 'dpu.reduction',
      about: 'ReduceSum, ReduceMin and others',
      limit: 'never: the engines have averages and maxima',
      outcome: 'no',
      source: sources.hardware,
      check: ({ node }) => ({ reason: `the DPU has no ${node.op}: its engines take averages and maxima`, fixes: fixes('cut-end') }),
    },
  ],
};

export const reductions: readonly DpuFamily[] = [largest, others];
